"""One round of a distribution: looks what each node lacks, and has the lead send that."""
from collections import Counter

from content_flux import LeadAway
from content_items import registry_of
from content_report import ALREADY, FAILED
from content_send import Sending
from distribute_node import say


class Node:
    """A node as this round knows it."""

    def __init__(self, host, rank, architecture, contents):
        self.host = host
        self.rank = rank
        self.architecture = architecture
        self.contents = contents

    def key(self, content):
        return content["key"] + "-" + self.architecture if content["kind"] == "image" else content["key"]

    def state(self, content):
        return self.contents.get(self.key(content), {})


class Round:
    def __init__(self, settings, fleet, report):
        self.settings = settings
        self.fleet = fleet
        self.report = report

    def run(self, hosts):
        """Hosts are those that are wanted, of the fleet. Those that can't be reached are returned; LeadAway if that is
        the lead, without which nothing can be said of any."""
        ranks = {host: self.fleet.hosts.index(host) for host in hosts}
        nodes, lead, away = self.status(ranks)
        self.learn_paths([content for content in self.settings.contents if "path" in content])
        for content in self.settings.contents:
            self.bring(content, nodes, lead)
        # Who is interrupted before goes on with what the lead has.
        self.fleet.ask_lead("clean", self.request())
        return away

    def request(self):
        """What every action is told."""
        names = ("folder", "flux", "containerd", "proxy")
        request = {name: getattr(self.settings, name) for name in names}
        keys = []
        for content in self.settings.contents:
            is_image = content["kind"] == "image"
            keys += [content["key"] + end for end in (("-amd64", "-arm64") if is_image else ("",))]
        return dict(request, keys=keys)

    def status(self, ranks):
        """The nodes, the lead among them or not, and the hosts that gave no answer with their reasons."""
        request = dict(self.request(), contents=self.settings.contents)
        answers = self.fleet.ask("status", request, sorted({0, *ranks.values()}))
        nodes, away, lead = [], {}, None
        for rank, answer in sorted(answers.items()):
            host = self.fleet.hosts[rank]
            if "problem" in answer:
                if host in ranks:
                    away[host] = answer["problem"]
                if rank == 0:
                    raise LeadAway("the lead's node {} gave no answer: {}".format(host, answer["problem"]))
                continue
            node = Node(host, rank, answer["architecture"], answer["contents"])
            lead = node if rank == 0 else lead
            if host in ranks:
                nodes.append(node)
        return nodes, lead, away

    def learn_paths(self, contents):
        """What lies on the lead's node may be another one than last time."""
        if not contents:
            return
        answer = self.fleet.ask_lead("wanted", dict(self.request(), contents=contents))
        for content in contents:
            found = answer if "problem" in answer else answer[content["key"]]
            content["id"], content["problem"] = found.get("id", ""), found.get("problem")

    def bring(self, content, nodes, lead):
        """To all nodes that lack it, each architecture by itself."""
        groups = {}
        for node in nodes:
            problem = content.get("problem") or node.state(content).get("problem")
            if problem:
                self.report.note(node.host, content, FAILED, problem)
            else:
                groups.setdefault(node.architecture if content["kind"] == "image" else "", []).append(node)
        for architecture, group in sorted(groups.items()):
            wanted = identity_wanted(content, architecture, group, lead)
            lacking = []
            for node in group:
                if wanted and node.state(content)["id"] == wanted:
                    self.report.note(node.host, content, ALREADY)
                elif self.report.is_due(node.host, content):
                    lacking.append(node)
            if lacking:
                self.send(content, architecture, wanted, lacking)

    def send(self, content, architecture, wanted, nodes):
        label = "{} ({})".format(content["name"], architecture) if architecture else content["name"]
        say("{}: {} of the nodes lack it".format(label, len(nodes)))
        request = dict(self.request(), content=content, key=nodes[0].key(content), id=wanted)
        request.update({"architecture": architecture, "each": self.settings.piece})
        request["archive"] = "flux-distribute-" + request["key"]
        registry = registry_of(self.settings, content)
        Sending(self.settings, self.fleet, self.report, label, request, registry).to(nodes)


def identity_wanted(content, architecture, group, lead):
    """The very image that nodes have already goes to the others, so that one name is one image everywhere."""
    if content["id"] or content["kind"] != "image":
        return content["id"]
    on_lead = lead.state(content).get("id", "")
    if on_lead and lead.architecture == architecture:
        return on_lead
    found = Counter(node.state(content)["id"] for node in group if node.state(content)["id"])
    return found.most_common(1)[0][0] if found else on_lead
