"""The nodes of the cluster as they are now, watched as long as this node is the elected one."""
import threading
import time

from distribute_api import ApiError, Line, Pauses, watch_on
from distribute_lease import explain
from distribute_node import say
from distribute_nodes import node_of


class NodeWatch:
    """When the API is away, the nodes stay as they were."""

    def __init__(self, api, settings, wake):
        self.api, self.settings, self.wake = api, settings, wake
        self.line = None
        self.nodes = None
        self.problem = ""

    def start(self):
        if self.line is None:
            self.line = Line()
            threading.Thread(target=self.run, args=(self.line,), daemon=True).start()

    def stop(self):
        if self.line is not None:
            self.line.cut()
        self.line, self.nodes = None, None

    def now(self):
        """{name: Node}; None until they are known."""
        nodes = self.nodes
        return None if nodes is None else dict(nodes)

    def run(self, line):
        pauses = Pauses()
        while not line.is_cut:
            try:
                self.follow(line, pauses)
            except ApiError as error:
                # 410: the watch was away for so long that it has to begin anew.
                if not line.is_cut and error.code != 410:
                    self.report(error)
            except Exception as error:  # Whatever a Node object has: the next one may be better.
                self.report(error)
            if not line.is_cut:
                time.sleep(pauses.next())

    def follow(self, line, pauses):
        found, version = self.api.list_nodes(lambda thing: node_of(thing, self.settings))
        nodes = {node.name: node for node in found}
        self.problem = ""
        self.take_over(line, nodes)
        for kind, thing in watch_on(self.api.watch_nodes, version, line, pauses):
            if kind in ("ADDED", "MODIFIED", "DELETED"):
                node = node_of(thing, self.settings)
                nodes = {name: other for name, other in nodes.items() if name != node.name}
                if kind != "DELETED":
                    nodes[node.name] = node
                self.take_over(line, nodes)

    def take_over(self, line, nodes):
        if line is self.line and not line.is_cut and nodes != self.nodes:
            self.nodes = nodes
            self.wake()

    def report(self, error):
        problem = str(getattr(error, "code", error))
        if problem != self.problem:
            say("the nodes can't be watched, which is tried again ({})".format(explain(error)))
        self.problem = problem
