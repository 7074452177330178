"""Notices a broker that was up and hangs: everybody else would wait for it for ever."""
from distribute_lease import clock
from distribute_node import say

# Seconds: without an answer, until that is said, and until the broker is to be started again; so many questions without
# an answer at least, since a machine may have slept meanwhile.
TELL_SECONDS, LONGEST_SECONDS, LEAST_QUESTIONS = 30, 300, 3


class Silence:
    def __init__(self):
        self.begin()

    def begin(self):
        """There is another broker, which isn't up yet."""
        self.answered_at, self.unanswered, self.has_said = None, 0, False

    def is_too_long(self, answers, is_up):
        """Takes over whether the broker has answered just now, and whether it is up; is it to be started again?"""
        if answers:
            self.unanswered, self.has_said = 0, False
            if self.answered_at is not None or is_up:
                self.answered_at = clock()
            return False
        if self.answered_at is None:
            return False
        self.unanswered += 1
        seconds = clock() - self.answered_at
        if self.unanswered < LEAST_QUESTIONS or seconds < TELL_SECONDS:
            return False
        if seconds >= LONGEST_SECONDS:
            say("the broker has not answered for {:.0f} s: it is killed, and started again".format(seconds))
            return True
        if not self.has_said:
            words = "the broker has not answered for {:.0f} s: after {} s it is started again"
            say(words.format(seconds, LONGEST_SECONDS))
        self.has_said = True
        return False
