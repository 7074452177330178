"""How a supervisor ends: running jobs get their time, the state of the queue is saved, the broker is stopped.

If the FluxDistribute itself was deleted, the node is left as its settings say. That neither its ConfigMap nor its Lease
is there says so: one of them alone may have been deleted by hand. A refusal says so only to a pod that had its rights
until just now: else they were missing before. All of it is over before the pod's grace period is.
"""
import time

import distribute_queue
from distribute_api import ApiError
from distribute_follower import MARKER as OWN_STATE
from distribute_follower import remove as remove_file
from distribute_follower import touch
from distribute_lease import clock, explain
from distribute_node import say
from distribute_upkeep import save_state
from distribute_remove import remove
from distribute_sysctls import put_back
from distribute_work import Work

# Seconds: for all of it beside the time of running jobs (the pod is killed 15 s later); to end an undrain, to save the
# state, to stop the broker, and between two looks at jobs.
ALL_SECONDS = 75
UNDRAIN_SECONDS, SAVE_SECONDS, STOP_SECONDS, LOOK_SECONDS = 5, 20, 15, 1
# For a follower, to learn that the lead ends too, and then to be taken along by it.
LEAD_LEAVES_SECONDS, ALONG_SECONDS = 3, 20
# The least for the removal, whatever came before it.
REMOVE_SECONDS = 10
# kubectl delete may come to the ConfigMap some seconds after the DaemonSet; a second look confirms what it says.
DELETED_SECONDS, CONFIRM_SECONDS = 10, 2
NOT_FOUND, REFUSED = 404, (401, 403)
# A refusal counts if the API has answered within so many seconds before the end of this pod.
KNOWN_SECONDS, ANSWER_SECONDS = 60, 10
KEEP, EVERYTHING = "keep", "everything"
SIGNS_OF_LIFE = ("ready", "alive")


def end(supervisor):
    follower = supervisor.follower
    if follower.was_running and follower.up_since is None and follower.broker.is_up():
        follower.set_up(True)
    if follower.broker.is_lead and follower.was_running:
        supervisor.lease.leave()
    # An undrain that comes late would undo what follows.
    wait_for(supervisor, follower.undraining, UNDRAIN_SECONDS)
    if follower.up_since is not None:
        give_time(supervisor)
        if follower.leads():
            save(supervisor)
        else:
            go_along(supervisor)
    # For a lead the end of the Lease may be nearer.
    seconds = supervisor.lease.stop_seconds() if follower.broker.is_lead else STOP_SECONDS
    least = STOP_SECONDS / 3
    follower.stop_now(0, min(STOP_SECONDS, seconds, max(least, left(supervisor) - DELETED_SECONDS - REMOVE_SECONDS)))
    supervisor.lease.end()
    # This node may leave the set for good: nothing that opens the brokers' network stays on it.
    follower.broker.forget()
    if is_deleted(supervisor):
        clean_up(supervisor)
    for name in SIGNS_OF_LIFE:
        remove_file(supervisor.settings.in_run(name))
    say("has ended")


def left(supervisor):
    """Seconds until all has to be over; never less than none."""
    settings = supervisor.settings
    return max(0.0, supervisor.told_at + settings.drainSeconds + ALL_SECONDS - clock())


def go_along(supervisor):
    """If the lead ends as well, it takes this broker along: were it gone before, the lead would wait for its jobs."""
    broker, since, is_left = supervisor.follower.broker, clock(), False
    while broker.is_running() and left(supervisor) > STOP_SECONDS + DELETED_SECONDS + REMOVE_SECONDS:
        is_left = is_left or lead_leaves(supervisor)
        if clock() >= since + (ALONG_SECONDS if is_left else LEAD_LEAVES_SECONDS):
            return
        supervisor.show_life()
        time.sleep(LOOK_SECONDS)


def lead_leaves(supervisor):
    try:
        return supervisor.lease.is_left()
    except ApiError as error:
        # The FluxDistribute was deleted, it seems: then all leave.
        return error.code == NOT_FOUND or error.code in REFUSED


def give_time(supervisor):
    """Lets running jobs end: those of all nodes if the lead goes, which takes the others along, else those here."""
    settings, follower = supervisor.settings, supervisor.follower
    if settings.drainSeconds <= 0:
        return
    work = Work(lambda: None)
    if follower.leads():
        work.start("drain", distribute_queue.drain, settings, settings.drainSeconds)
    else:
        work.start("drain", drain_own, settings, follower.broker)
    # What was done before the signal was seen came out of the same time.
    wait_for(supervisor, work, min(settings.drainSeconds + 5, left(supervisor) - ALL_SECONDS / 2))


def drain_own(settings, broker):
    host, deadline = settings.node_name, clock() + settings.drainSeconds
    if not distribute_queue.drain_node(settings, host, "the supervisor of this node ends"):
        return
    count = distribute_queue.jobs_on_node(settings, host)
    if count:
        say("jobs that run on this node ({}) have up to {} s to end".format(count, settings.drainSeconds))
    while count and clock() < deadline and broker.is_running():
        time.sleep(LOOK_SECONDS)
        count = distribute_queue.jobs_on_node(settings, host)
    if count:
        say("jobs that have not ended after {} s are killed: {}".format(settings.drainSeconds, count))


def save(supervisor):
    """The next lead may be another node's."""
    settings, planner = supervisor.settings, supervisor.planner
    nodes = planner.watch.now()
    if nodes is None or not (settings.stateCopies or settings.stateVolume):
        return
    work = Work(lambda: None)
    work.start("save", save_state, settings, supervisor.membership.document, planner.upkeep.targets(nodes))
    wait_for(supervisor, work, min(SAVE_SECONDS, left(supervisor) - STOP_SECONDS - DELETED_SECONDS - REMOVE_SECONDS))
    done = work.take()
    if done and done[1]:
        supervisor.lease.announce(done[1])
        time.sleep(LOOK_SECONDS)


def wait_for(supervisor, work, seconds):
    """Meanwhile the lead goes on only as long as it may."""
    deadline, is_lead = clock() + seconds, supervisor.follower.leads()
    while work.is_running() and clock() < deadline and (not is_lead or supervisor.lease.may_lead()):
        supervisor.show_life()
        touch(supervisor.settings.in_run("ready"))
        time.sleep(0.2)


def is_deleted(supervisor):
    """Was the FluxDistribute deleted, and not only this pod? Two looks have to say so."""
    settings = supervisor.settings
    if settings.onDelete == KEEP and not settings.raiseSysctls:
        return False
    deadline, was_gone = clock() + min(DELETED_SECONDS, left(supervisor)), False
    while True:
        problem, is_gone = look_for_deletion(supervisor)
        if is_gone and was_gone:
            return True
        if not is_gone and clock() > deadline:
            break
        was_gone = is_gone
        time.sleep(CONFIRM_SECONDS if is_gone else LOOK_SECONDS)
    if problem is not None:
        words = "it isn't known whether the FluxDistribute {} was deleted ({}): nothing is removed from this node"
        say(words.format(settings.name, explain(problem)))
    elif settings.onDelete != KEEP:
        words = "the FluxDistribute {} is still there (or its namespace is being deleted): nothing is removed from this"
        say(words.format(settings.name) + " node; see the clean-up Job")
    return False


def look_for_deletion(supervisor):
    """Why that can't be found out (None if it can), and whether it was deleted, as far as one look tells."""
    for get in (supervisor.api.get_config_map, supervisor.api.get_lease):
        try:
            get()
            return None, False
        except ApiError as error:
            if error.code in REFUSED and had_rights(supervisor):
                return error, True
            if error.code != NOT_FOUND:
                return error, False
    return None, True


def had_rights(supervisor):
    """Did the API answer this pod until it was told to stop? Those that look rarely have it answer them rarely."""
    answered_at = supervisor.api.answered_at
    known = max(KNOWN_SECONDS, supervisor.lease.longest_pause() + ANSWER_SECONDS)
    return answered_at is not None and answered_at >= supervisor.told_at - known


def clean_up(supervisor):
    """As much of it as there is time for; what a later cluster would take for a state to go on with goes first."""
    settings = supervisor.settings
    say("the FluxDistribute {} was deleted".format(settings.name))
    put_back(settings)
    if settings.onDelete == EVERYTHING:
        for path in (settings.in_state(OWN_STATE), supervisor.lease.memory):
            remove_file(path)
    for name in SIGNS_OF_LIFE:
        remove_file(settings.in_run(name))
    work, deadline = Work(lambda: None), clock() + max(REMOVE_SECONDS, left(supervisor))
    work.start("remove", remove, settings, settings.onDelete)
    while work.is_running() and clock() < deadline:
        time.sleep(0.1)
    done = work.take()
    problem = "there was no time for more" if done is None else done[2]
    if problem is not None:
        say("not all was removed from this node ({}): see the clean-up Job".format(problem))
        return
    for sentence in done[1]:
        say(sentence)
