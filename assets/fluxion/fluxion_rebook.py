"""Books in an empty graph of Fluxion the cores that jobs hold.

The service takes no allocation that was made before, only requests. So hosts with cores that are held are
filled core by core, which shows what each booking got, and what isn't held is freed again. Two short cuts: a
host that one job holds as a whole takes one request, and requests are kept to a host by a constraint, where
Fluxion heeds it.
"""

from fluxion_graph import Shape, encode_idset, match_request, read_allocation
from fluxion_pod import Failure


class Rebooking:
    def __init__(self, machine, service, jobs):
        self.machine = machine
        self.service = service
        self.holders = {}
        self.jobs = jobs
        for job in jobs:
            for rank, ids in job.cores.items():
                if rank in machine.nodes:
                    self.holders.setdefault(rank, {}).update((core, job) for core in ids)
        self.surplus = []
        self.heeds_constraints = True

    def book(self):
        for job in self.jobs:
            job.booked = []
        for rank in sorted(self.holders):
            wanted = {core for core in self.holders[rank] if core in self.machine.nodes[rank].cores}
            self.holders[rank] = {core: self.holders[rank][core] for core in wanted}
            if not self.book_whole(rank):
                while self.holders[rank]:
                    self.book_core(rank)
        for number in self.surplus:
            if not self.service.cancel(number):
                raise Failure("Fluxion does not free cores", 503)

    def book_whole(self, rank):
        cores, held = self.machine.nodes[rank].cores, self.holders[rank]
        owners = {job.number: job for job in held.values()}
        if set(held) != cores or len(owners) != 1 or not self.heeds_constraints:
            return False
        number, got = self.ask(Shape(1, len(cores), 1), rank)
        if got != {rank: cores}:
            # Some of it may have been got for another host already.
            self.heeds_constraints = False
            if not self.service.cancel(number):
                raise Failure("Fluxion does not free cores", 503)
            return False
        (job,) = owners.values()
        job.booked.append(number)
        held.clear()
        return True

    def book_core(self, rank):
        """Gets some core, on this host or on any one."""
        number, got = self.ask(Shape(1, 1), rank if self.heeds_constraints else None)
        ((place, ids),) = got.items() or [(None, ())]
        if place != rank:
            self.heeds_constraints = False
        (core,) = ids
        job = self.holders.get(place, {}).pop(core, None)
        if job is None:
            self.surplus.append(number)
        else:
            job.booked.append(number)

    def ask(self, shape, rank):
        constraint = None if rank is None else {"ranks": [encode_idset({rank})]}
        found = self.service.match(match_request(shape, constraint))
        if found is None and constraint:
            self.heeds_constraints = False
            found = self.service.match(match_request(shape))
        if found is None:
            raise Failure("Fluxion does not book the cores that jobs hold", 503)
        return found[0], read_allocation(found[1])
