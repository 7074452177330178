"""Tasks that take their time, beside the main loop: one at a time, each in a thread of its own.

Nothing that starts a broker belongs here: a process may be made to end with the thread that started it.
"""
import threading

from distribute_node import say


class Work:
    def __init__(self, wake):
        self.wake = wake
        self.thread, self.what, self.outcome, self.problem = None, None, None, None

    def start(self, what, task, *arguments):
        """`what` says which task it is, to take()."""
        self.what, self.outcome, self.problem = what, None, None
        self.thread = threading.Thread(target=self.run, args=(task, arguments), daemon=True)
        self.thread.start()

    def run(self, task, arguments):
        try:
            self.outcome = task(*arguments)
        except Exception as error:  # Whatever it is, the broker goes on.
            self.problem = error
        self.wake()

    def is_running(self):
        return self.thread is not None and self.thread.is_alive()

    def take(self):
        """What has ended since the last call: (what, outcome, problem); None if nothing has."""
        if self.thread is None or self.thread.is_alive():
            return None
        self.thread = None
        return self.what, self.outcome, self.problem


class Once:
    """Says what holds for a while once, and again when something else was said meanwhile."""

    def __init__(self):
        self.said = {}

    def say(self, topic, text):
        if self.said.get(topic) != text:
            say(text)
        self.said[topic] = text

    def forget(self, topic):
        self.said.pop(topic, None)
