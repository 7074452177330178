"""System mode: one Kubernetes over all nodes, made at boot, and found again at every later one.

Rank 0 makes the control plane. Each other node asks rank 0 through Flux for all it needs, whenever it comes.
"""
import time

from usernetes_files import read_file
from usernetes_flux import Flux
from usernetes_make import Deadline
from usernetes_node import Node, nodes_of, own_rank
from usernetes_problem import Problem, complain, one_line, say, stop
from usernetes_settings import SYSTEM
from usernetes_workdir import Workdir

# How many nodes there are now.
NODES = "/var/lib/flux-usernetes-boot/nodes"
# Seconds between questions to a lead that isn't ready; with many nodes each asks less often.
PAUSE, NODES_PER_SECOND = 3, 20
# Seconds for one question to the lead, for its programs to be given, and between two restarts of flannel.
LONGEST_QUESTION, FLANNEL_AGAIN = 300, 60


class System:
    def __init__(self, settings):
        self.settings = settings
        self.flux = Flux(settings)
        self.deadline = Deadline(settings.limits["ready"])
        self.rank = own_rank(settings, self.flux)
        self.workdir = Workdir(settings, SYSTEM, settings.manual_slot)
        self.node = Node(settings, self.workdir, self.rank, self.deadline.left())
        self.name = settings.node(self.rank)
        self.begun = time.monotonic()

    def run(self):
        stop.listen()
        step = "up"
        try:
            self.node.up()
            self.say("the container is up")
            step = "control-plane" if self.rank == 0 else "worker"
            if self.rank == 0:
                self.lead()
            else:
                self.work()
        except Problem as problem:
            complain("{}, step {}: {}".format(self.settings.where(self.rank), step, problem))
            return problem.code
        self.say("Kubernetes is ready on this node")
        return 0

    def say(self, text):
        say("{}: {} ({:.0f} s)".format(self.settings.where(self.rank), text, time.monotonic() - self.begun))

    # --- rank 0

    def lead(self):
        self.node.init()
        self.say("the control plane is up")
        self.node.sync(flannel=True)
        self.node.wait_until_ready([self.name])
        self.forget_removed()

    def forget_removed(self):
        """Nodes that are absent, and of ranks that are no longer meant to be."""
        count = self.node_count()
        if count is None:
            return
        with self.node.making("forget") as make:
            seen = nodes_of(make.ask("nodes"))
            for rank in range(count, self.settings.given["maxNodes"]):
                name = self.settings.node(rank)
                if name in seen and seen[name].ready != "True":
                    make.ask("forget", name)
                    self.say("{} was removed from Kubernetes, since there are {} nodes now".format(name, count))

    def node_count(self):
        """Only root may ask AWS: it keeps the number."""
        text = read_file(self.settings.at(NODES)).strip()
        return int(text) if text.isdigit() else None

    # --- the others

    def work(self):
        authority = self.ask_lead("authority").strip()
        with self.node.making("worker") as make:
            marked, role, known = self.node.state(make)
            if role != "none" and (not marked or role != "worker" or known != authority):
                text = "what is here belongs to another control plane, or was never completed"
                self.say(text + ": it is reset and joins anew")
                self.node.reset(make)
                role = "none"
        if role == "none":
            self.node.join(self.ask_lead("join-command", "--for", self.name))
            self.say("joined")
        self.ask_lead("sync")
        self.wait_until_settled()

    def wait_until_settled(self):
        """By what the kubelet may see: the lead isn't asked by all nodes each second."""
        restarted = None
        node = None
        with self.node.making("ready") as make:
            while True:
                stop.check()
                done = make.try_to_ask("self")
                if done is not None and done.code == 0:
                    node = nodes_of(done.out).get(self.name)
                if node is not None and node.is_settled():
                    return
                if self.deadline.passed():
                    state = "unknown to Kubernetes" if node is None else "Ready is " + (node.ready or "not said")
                    raise Problem("this node isn't ready within {:.0f} s: {}".format(self.deadline.seconds, state))
                now = time.monotonic()
                if node is not None and node.is_wrong() and (restarted is None or now - restarted > FLANNEL_AGAIN):
                    # Its pod read the annotation before it was there.
                    self.ask_lead("restart-flannel", "--for", self.name)
                    restarted = now
                time.sleep(2)

    def ask_lead(self, operation, *words):
        """What rank 0 prints, asked until it is ready for it."""
        why = "no answer"
        words = ["node", operation, "--id", SYSTEM, "--limit", str(LONGEST_QUESTION), "--plain", *words]
        while True:
            stop.check()
            seconds = self.deadline.left(LONGEST_QUESTION)
            if seconds <= 0:
                text = "{} doesn't answer to {} within {:.0f} s: {}"
                raise Problem(text.format(self.settings.where(0), operation, self.deadline.seconds, why))
            try:
                done = self.flux.on_lead(words, seconds)
                if done.code == 0:
                    return done.out
                why = one_line(done.err.replace("usernetes: ", "")) or "it ended with {}".format(done.code)
            except Problem as problem:
                if problem.code == 143:
                    raise
                why = str(problem)
            time.sleep(min(self.pause(), self.deadline.left()))

    def pause(self):
        count = self.settings.given.get("maxNodes", 1)
        return max(PAUSE, count / NODES_PER_SECOND)
