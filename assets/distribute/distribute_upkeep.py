"""What the lead's supervisor does while a generation lasts: it learns what nodes have, and saves the queue's state."""
import random
import time

import distribute_facts
import distribute_state
from distribute_hosts import encode_hosts
from distribute_lease import clock

# Seconds: until nodes that gave no answer are asked again, and from a start of the lead to the first copy of the state.
LEARN_AGAIN_SECONDS, FIRST_COPY_SECONDS = 60, 10


class Upkeep:
    def __init__(self, settings, membership, follower, work):
        self.settings, self.membership, self.follower, self.work = settings, membership, follower, work
        self.forget()

    def forget(self):
        """There is another generation, or another lead."""
        self.learn_at, self.copy_at = 0.0, None

    def step(self, nodes):
        """Begins with a task, if one is due."""
        if not self.follower.leads():
            self.forget()
        elif not self.learn(nodes):
            self.save(nodes)

    def learn(self, nodes):
        """Asks a node of each kind that isn't known what it has; True if so."""
        if clock() < self.learn_at:
            return False
        kinds, ranks = self.membership.kinds(), {}
        hosts = list(enumerate(self.membership.document.hosts))
        # Another one each time: a node may be Ready and its broker not up.
        for rank, host in hosts[:1] + random.sample(hosts[1:], len(hosts) - 1):
            node = nodes.get(host)
            if node and node.kind not in kinds and node.kind not in ranks.values() and (node.may_join or rank == 0):
                ranks[rank] = node.kind
        if not ranks:
            return False
        self.learn_at = clock() + LEARN_AGAIN_SECONDS
        self.work.start(("learn", ranks), distribute_facts.cores_of_ranks, self.settings, sorted(ranks))
        return True

    def save(self, nodes):
        """Copies the state of the queue to other nodes, or onto the volume, every stateSeconds."""
        settings = self.settings
        if not settings.stateCopies and not settings.stateVolume:
            return
        if self.copy_at is None:
            self.copy_at = clock() + min(FIRST_COPY_SECONDS, settings.stateSeconds)
        if clock() >= self.copy_at:
            self.copy_at = clock() + settings.stateSeconds
            self.work.start("save", save_state, settings, self.membership.document, self.targets(nodes))

    def targets(self, nodes):
        """Ranks that may get a copy of the state, the best first."""
        hosts = self.membership.document.hosts
        able = [rank for rank, host in enumerate(hosts) if rank and host in nodes and nodes[host].may_join]
        return sorted(able, key=lambda rank: (not nodes[hosts[rank]].is_preferred, rank))


def save_state(settings, document, targets):
    """The newest copy and the nodes that have it; None if there is none."""
    copy = distribute_state.dump(settings, document.generation)
    if copy is None:
        return None
    hosts = [settings.node_name]
    wanted = settings.stateCopies
    while wanted > 0 and targets:
        batch, targets = targets[:wanted], targets[wanted:]
        got = distribute_state.copy_to(settings, {rank: document.hosts[rank] for rank in batch}, copy)
        hosts += got
        wanted -= len(got)
    return announcement(copy, hosts)


def announcement(copy, hosts):
    return {"generation": copy[0], "sequence": copy[1], "nodes": encode_hosts(hosts), "made": utc()}


def utc():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
