"""Sends a content from the lead to nodes that lack it: by pieces, in batches, with another try for who failed."""
import time

from content_flux import LeadAway, Moved, TooLate
from content_report import ALREADY, DONE
from distribute_node import say

# Seconds before each try.
PAUSES = (0, 2, 10)
HASTE_SECONDS = 10


class Sending:
    def __init__(self, settings, fleet, report, label, request, registry):
        self.settings = settings
        self.fleet = fleet
        self.report = report
        self.label = label
        self.request = request
        self.registry = registry
        self.source = None
        self.reasons = {}
        self.given_up = []

    def to(self, nodes):
        size = self.settings.parallelism or len(nodes)
        for start in range(0, len(nodes), size):
            self.to_batch(nodes[start : start + size])

    def to_batch(self, batch):
        waiting = list(batch)
        self.reasons, self.given_up = {}, []
        try:
            for pause in PAUSES:
                if not waiting:
                    break
                time.sleep(min(pause, self.fleet.seconds_left()))
                waiting = self.attempt(waiting)
        except TooLate:
            self.withdraw_in_haste()
            raise
        for node in waiting:
            self.report.failed(node.host, self.request["content"], self.reasons[node])
        self.given_up += waiting
        ranks = [node.rank for node in self.given_up if node.rank != 0]
        if ranks:
            self.fleet.ask("clean", dict(self.request, keys=[self.request["key"]]), ranks)

    def withdraw_in_haste(self):
        """The brokers are not to hold on to the last piece."""
        self.fleet.end = time.monotonic() + HASTE_SECONDS
        try:
            self.fleet.ask_lead("withdraw", self.request)
        except (LeadAway, Moved, TooLate):
            pass  # The next run takes it back.

    def attempt(self, nodes):
        """Those that are worth another try."""
        problem = self.get_source()
        if problem:
            return self.keep_waiting(nodes, dict.fromkeys(nodes, problem))
        content, lacking = self.request["content"], []
        for node in nodes:
            if node.state(content)["id"] == self.source["id"]:
                self.report.note(node.host, content, ALREADY)
            else:
                lacking.append(node)
        problems = self.send_pieces([node for node in lacking if node.rank != 0])
        problems.update(self.finish([node for node in lacking if node not in problems]))
        self.fleet.ask_lead("withdraw", self.request)
        for node in lacking:
            if node not in problems:
                self.report.note(node.host, content, DONE)
        return self.keep_waiting(lacking, problems)

    def keep_waiting(self, nodes, problems):
        waiting = []
        for node in nodes:
            if node not in problems:
                continue
            answer = problems[node]
            self.reasons[node] = answer["problem"]
            if answer.get("lasting"):
                self.report.failed(node.host, self.request["content"], answer["problem"])
                self.given_up.append(node)
                self.tell(node, answer, "it is left out")
            else:
                self.tell(node, answer, "it gets another try")
                waiting.append(node)
            if answer.get("again"):
                node.state(self.request["content"])["pieces"] = []
        return waiting

    def tell(self, node, answer, consequence):
        say("{}: {}: {}; {}".format(self.label, node.host, answer["problem"], consequence))

    def get_source(self):
        """The lead has the whole content afterwards; what is wrong otherwise."""
        answer = self.fleet.ask_lead("source", dict(self.request, registry=self.registry))
        if "problem" in answer:
            return answer
        if self.source is None:
            text = "{}: the lead's node has it, {:.1f} MB in {} pieces"
            say(text.format(self.label, answer["size"] / 1e6, answer["pieces"]))
        self.source = answer
        return None

    def pieces_of(self, node):
        """What the node has of this very content."""
        state = node.state(self.request["content"])
        if state["manifest"] != self.source["manifest"]:
            state.update({"manifest": self.source["manifest"], "pieces": []})
        return state["pieces"]

    def send_pieces(self, nodes):
        problems = {}
        for index in range(self.source["pieces"]):
            lacking = [node for node in nodes if node not in problems and index not in self.pieces_of(node)]
            if not lacking:
                continue
            offer = self.fleet.ask_lead("offer", dict(self.request, index=index))
            if "problem" in offer:
                problems.update(dict.fromkeys(lacking, offer))
                break
            began = time.monotonic()
            problems.update(self.send_piece(index, offer, lacking))
            seconds = time.monotonic() - began
            there = sum(index in self.pieces_of(node) for node in nodes)
            if there > 0:
                rate = offer["length"] / max(seconds, 0.001)
                self.report.progress(self.label, index + 1, self.source["pieces"], there, len(nodes), rate)
                self.slow_down(offer["length"], seconds)
        return problems

    def send_piece(self, index, offer, nodes):
        request = dict(self.node_request(), index=index, **offer)
        answers = self.fleet.ask("receive", request, [node.rank for node in nodes])
        problems = {}
        for node in nodes:
            if "problem" in answers[node.rank]:
                problems[node] = answers[node.rank]
            else:
                self.pieces_of(node).append(index)
        return problems

    def node_request(self):
        return dict(self.request, **self.source)

    def slow_down(self, length, seconds):
        """A node gets no more than its share on average."""
        if self.settings.bytesPerSecond:
            pause = length / self.settings.bytesPerSecond - seconds
            time.sleep(max(0, min(pause, self.fleet.seconds_left())))

    def finish(self, nodes):
        problems = {}
        for is_source in (True, False):
            chosen = [node for node in nodes if (node.rank == 0) == is_source]
            if not chosen:
                continue
            request = dict(self.node_request(), source=is_source)
            answers = self.fleet.ask("finish", request, [node.rank for node in chosen])
            problems.update({node: answers[node.rank] for node in chosen if "problem" in answers[node.rank]})
        return problems
