"""What the elected supervisor does beside running the lead broker: generations, and what the others need for them."""
import json
import shlex

import distribute_queue
import distribute_state
from distribute_api import ApiError
from distribute_broker_files import fingerprint
from distribute_changes import Changes
from distribute_document import KEY, to_text
from distribute_flux import flux
from distribute_follower import STOP_SECONDS, read
from distribute_gone import Gone
from distribute_hosts import encode_ids
from distribute_installer import shown
from distribute_interface import address_of_interface
from distribute_lease import clock, explain
from distribute_members import View, changes, gone_ranks, next_document
from distribute_membership import KINDS, PACKAGES, package_key
from distribute_node import say
from distribute_settings import CERTIFICATE
from distribute_upkeep import Upkeep, utc
from distribute_watch import NodeWatch
from distribute_work import Once, Work

# What is done about a generation: nothing, jobs are ending, or the broker is stopped until the document is written.
IDLE, DRAINING, WRITING = "idle", "draining", "writing"
# Seconds: for the lead to be shut down, and for the document to be written; until a generation that could not be
# written is begun again, until a write is tried again, and until a question is asked again.
SHUT_DOWN_SECONDS, LONGEST_WRITE_SECONDS = 30, 30
BEGIN_AGAIN_SECONDS, WRITE_AGAIN_SECONDS, IDLE_AGAIN_SECONDS = 60, 2, 5
# For the other nodes to install what the next generation runs.
LONGEST_INSTALL_SECONDS = 900


class Planner:
    def __init__(self, settings, api, membership, lease, installer, follower, wake):
        self.settings, self.membership, self.lease = settings, membership, lease
        self.installer, self.follower = installer, follower
        self.watch, self.work, self.once = NodeWatch(api, settings, wake), Work(wake), Once()
        self.changes, self.gone = Changes(settings), Gone(settings)
        self.phase, self.write_until = IDLE, 0.0
        self.begin_at = self.idle_at = self.write_at = 0.0
        self.kinds = {}  # the last good ones
        self.upkeep = Upkeep(settings, membership, follower, self.work)

    def is_writing(self):
        """Is the broker stopped until the next generation is written?"""
        return self.phase == WRITING

    def step(self):
        done = self.work.take()
        if not self.lease.may_lead():
            self.rest()
            return
        self.watch.start()
        if done:
            self.take_over(*done)
        nodes = self.watch.now()
        if nodes is None or self.work.is_running():
            return
        if self.phase == IDLE:
            self.look_after(nodes)
        if self.phase != IDLE and not self.work.is_running():
            self.make(nodes)

    def rest(self):
        self.watch.stop()
        self.changes.forget()
        self.gone.forget()
        self.upkeep.forget()
        self.phase = IDLE

    def look_after(self, nodes):
        self.repair()
        self.write_lists()
        view = self.view(nodes)
        if view is not None and self.begin_if_due(view):
            return
        if view is not None:
            self.tell_gone(view)
        self.upkeep.step(nodes)

    def architectures(self):
        """Those for which there must be a list of packages."""
        nodes = self.watch.now() if self.lease.may_lead() else None
        if nodes is None:
            return ()
        return sorted({node.architecture for node in nodes.values() if node.may_join} | {self.installer.architecture})

    def view(self, nodes):
        """What the document is compared with; None as long as something is missing for it."""
        document, name = self.membership.document, self.settings.node_name
        certificate = fingerprint(read(CERTIFICATE))
        if not certificate:
            certificate = document.certificate if document else None
            self.once.say("certificate", "the Secret has no usable certificate yet, which is waited for")
        environment = self.environment(nodes, document) or self.settings.environment
        address = self.address()
        if not certificate or not address:
            return None
        able = {
            key: node._replace(may_join=node.may_join and self.installer.has_list(environment, node.architecture))
            for key, node in nodes.items()
        }
        return View(name, address, able, self.membership.kinds(), certificate, environment)

    def address(self):
        """Where others connect to this node's broker."""
        interface = self.settings.networkInterface
        if not interface:
            return self.settings.node_address
        found = address_of_interface(interface)
        document = self.membership.document
        if found is None:
            self.once.say("interface", "the network interface {} has no address on this node".format(interface))
            if document and document.hosts[0] == self.settings.node_name:
                return document.addresses[0]
        return found

    def environment(self, nodes, document):
        """What the next generation runs: that of the settings, once this node has it and the others can get it."""
        wanted = self.settings.environment
        members = [nodes[host] for host in document.hosts if host in nodes] if document else []
        architectures = {node.architecture for node in members if node.may_stay} | {self.installer.architecture}
        if self.installer.prefix(wanted) and all(self.installer.has_list(wanted, each) for each in architectures):
            return wanted
        return document.environment if document else None

    def begin_if_due(self, view):
        """Begins with a generation, or with the question whether one would disturb anybody."""
        document, now = self.membership.document, clock()
        self.changes.update(changes(document, view, self.settings), now)
        if self.installer.prefix(view.environment) is None:
            return False
        if self.changes.are_at_once():
            self.begin()
        elif self.follower.is_starting():
            return False  # The lead's queue can't be drained yet.
        elif self.changes.are_resources_only():
            # For resources alone nobody's job is disturbed.
            if self.follower.leads() and self.changes.have_settled(document, now) and now >= self.idle_at:
                self.idle_at = now + IDLE_AGAIN_SECONDS
                self.work.start("idle", distribute_queue.queue_is_idle, self.settings)
        elif now >= self.begin_at and self.changes.have_settled(document, now):
            if self.changes.has("environment") and self.follower.leads() and self.waits_for_others(now):
                self.begin_at = now + IDLE_AGAIN_SECONDS
                self.work.start("others", have_environment, self.settings, view, document)
            else:
                self.begin()
        return self.phase != IDLE or self.work.is_running()

    def waits_for_others(self, now):
        """Nodes that have the old environment only would be away for as long as the new one takes them."""
        return now < self.changes.first_seen("environment") + LONGEST_INSTALL_SECONDS

    def begin(self):
        """The first half of a generation: running jobs may end."""
        if not self.membership.refresh(is_forced=True):
            # Nobody is stopped for a generation that can't be written.
            self.begin_at = clock() + WRITE_AGAIN_SECONDS
            return
        self.phase, self.write_until = DRAINING, 0.0
        seconds = self.settings.drainSeconds
        if self.follower.leads() and seconds > 0:
            self.work.start("drain", distribute_queue.drain, self.settings, seconds)

    def make(self, nodes):
        """The second half: all brokers end, and the document says how they go on."""
        if self.phase == DRAINING:
            self.follower.stop_now(0, SHUT_DOWN_SECONDS if self.follower.leads() else STOP_SECONDS)
            self.phase, self.write_until = WRITING, clock() + LONGEST_WRITE_SECONDS
        elif clock() < self.write_at:
            return
        document, view = self.membership.document, self.view(nodes)
        found = changes(document, view, self.settings) if view else set()
        self.changes.update(found, clock())
        if not self.lease.may_lead() or not found:
            self.phase = IDLE
            return
        new = self.next_document(document, view)
        data = {KEY: to_text(new)}
        for key in self.membership.data:
            match = PACKAGES.fullmatch(key)
            if match and match.group(1) not in (new.environment, self.settings.environment):
                data[key] = None
        if self.write(data, "generation {}".format(new.generation)):
            say("generation {} of {} hosts: {}".format(new.generation, len(new.hosts), new.reason))
            self.changes.forget()
            self.upkeep.forget()
            self.phase = IDLE
        elif clock() > self.write_until:
            # The queue goes on as it was.
            self.phase, self.begin_at = IDLE, clock() + BEGIN_AGAIN_SECONDS

    def next_document(self, document, view):
        # An earlier cluster may have left copies on this node: what is written from now on is newer by its name.
        found = [generation for generation, _, _ in distribute_state.all_copies(self.settings)]
        known, *_ = self.lease.newest() or (0,)
        least = 1 + max(found + [known, self.follower.own_state().generation])
        newcomers = self.changes.settled_newcomers(clock())
        return next_document(document, view, newcomers, self.settings, utc(), least)

    def repair(self):
        """A document that was emptied or broken by somebody is written again as it was, and what nodes have with it."""
        document, kinds = self.membership.document, self.membership.kinds()
        self.kinds = kinds or self.kinds
        if document is not None and not self.membership.is_intact and clock() >= self.write_at:
            data = {KEY: to_text(document)}
            if self.kinds and not kinds:
                data[KINDS] = json.dumps(self.kinds, sort_keys=True)
            if self.write(data, "the document"):
                say("the document of generation {} is written again as it was".format(document.generation))

    def tell_gone(self, view):
        """Hosts that have left, or have come back, are told without a new generation."""
        document = self.membership.document
        if document is None or document.hosts[0] != view.lead or not self.membership.is_intact:
            return
        gone = self.gone.update(document, gone_ranks(document.hosts, view), clock())
        if gone is not None:
            self.write({KEY: to_text(document._replace(gone=gone))}, "which hosts are gone")

    def write_lists(self):
        for architecture, text in list(self.installer.resolved.items()):
            if clock() >= self.write_at:
                key = package_key(self.settings.environment, architecture)
                if self.membership.data.get(key) or self.write({key: text}, "the list of packages"):
                    del self.installer.resolved[architecture]

    def write(self, data, what):
        try:
            self.membership.write(data)
            return True
        except ApiError as error:
            words = "{} could not be written to the ConfigMap {}, which is tried again ({})"
            reason = "somebody else has changed it meanwhile" if error.code == 409 else explain(error)
            say(words.format(what, self.settings.configMap, reason))
            self.write_at = clock() + WRITE_AGAIN_SECONDS
            return False

    def take_over(self, what, outcome, problem):
        """What has come of a task."""
        if problem is not None:
            say("{}: {}".format(type(problem).__name__, problem))
        elif what == "save" and outcome:
            self.lease.announce(outcome)
        elif what in ("idle", "others") and outcome:
            self.begin()
        elif what[0] == "learn" and outcome:
            kinds = {what[1][rank]: {"cores": cores, "gpus": gpus} for rank, (cores, gpus) in outcome.items()}
            text = json.dumps({**self.membership.kinds(), **kinds}, sort_keys=True)
            self.write({KINDS: text}, "what nodes have")


def have_environment(settings, view, document):
    """Do all nodes that can say so have the environment of the next generation?"""
    able = [host in view.nodes and view.nodes[host].may_join for host in document.hosts]
    ranks = encode_ids([rank for rank, is_able in enumerate(able) if is_able])
    command = ["sh", "-c", "[ -e {} ]".format(shlex.quote(shown(settings, view.environment)))]
    done = flux(settings, "exec", "--noinput", "--rank=" + ranks, *command)
    return bool(ranks) and done.returncode == 0
