"""A node that may be elected, and how long it leaves the Lease to others that would make a better lead."""
import collections

# What an earlier cluster may have left on a node: the state of its last lead, copies of it, nothing.
OWN_STATE, COPIES, NOTHING = "own state", "copies", "nothing"
# Shares of the Lease's time.
WAIT_FOR_COPY, WAIT_FOR_PREFERRED, WAIT_FOR_MEMBERS = 1 / 2, 1 / 4, 1 / 8
WAIT_FOR_STATE = {OWN_STATE: 0, COPIES: 1 / 8, NOTHING: 1 / 4}

# What a candidate says of itself: may it be elected at all? Does it have the newest copy of the state? Is it one of
# the nodes that are preferred, and a member? Is there a document, and is this node its lead? What of a state is on it?
Candidate = collections.namedtuple(
    "Candidate",
    "may_be_elected has_newest_copy is_preferred is_member has_document is_lead state",
    defaults=(False, False, False, False, False, False, NOTHING),
)


def wait_for_better(candidate, copy, seconds):
    """Seconds, of a Lease of so many, that better candidates get to come first; copy: the newest one that is known."""
    shares = 0.0
    if copy is None:
        # Only nodes themselves can say whether there is a state to go on with.
        shares += WAIT_FOR_STATE[candidate.state]
    elif not candidate.has_newest_copy:
        shares += WAIT_FOR_COPY
    if not candidate.is_preferred:
        shares += WAIT_FOR_PREFERRED
    if not candidate.is_member:
        shares += WAIT_FOR_MEMBERS
    return shares * seconds


def kind_of_state(own_generation, copies):
    """What is on a node that was the lead in that generation (0: never), and has these copies."""
    newest = max([generation for generation, _, _ in copies] or [0])
    if own_generation and own_generation >= newest:
        return OWN_STATE
    return COPIES if copies else NOTHING
