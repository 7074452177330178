"""Which job holds which cores. Whatever Fluxion says, no core gets into this book twice."""

from fluxion_pod import Failure


class Ledger:
    def __init__(self, machine):
        self.machine = machine
        self.held = {}

    def hold(self, job):
        for rank, ids in job.cores.items():
            taken = self.held.setdefault(rank, {})
            for core in ids:
                if taken.get(core, job.number) != job.number:
                    words = "jobs {} and {} hold core {} of rank {}: the journal is not this cluster's"
                    raise Failure(words.format(taken[core], job.number, core, rank))
                taken[core] = job.number

    def release(self, job):
        for rank, ids in job.cores.items():
            taken = self.held.get(rank, {})
            for core in ids:
                if taken.get(core) == job.number:
                    del taken[core]

    def free(self, ranks=None):
        """The number of free cores of each host, or of some hosts."""
        nodes = self.machine.nodes
        return [
            len(node.cores - set(self.held.get(rank, ())))
            for rank, node in nodes.items()
            if ranks is None or rank in ranks
        ]

    def doubt(self, shape, cores, available):
        """Why these cores can't be given to a job of that shape, if so."""
        for rank, ids in cores.items():
            if rank not in available or not ids <= self.machine.nodes[rank].cores:
                return "gives cores that the cluster hasn't got"
            if ids & set(self.held.get(rank, ())):
                return "gives cores that are held"
            if len(ids) % shape.cores:
                return "splits the cores of a task"
        if sum(len(ids) for ids in cores.values()) != shape.slots() * shape.cores:
            return "gives another number of cores than it was asked for"
        if shape.nodes and len(cores) != shape.nodes:
            return "gives another number of hosts than it was asked for"
        return None
