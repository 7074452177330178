"""How a supervisor ends: running jobs get their time, the state of the queue is saved, the broker is stopped.

If the FluxDistribute itself was deleted, the node is left as its settings say. That its ConfigMap isn't there says so.
A refusal says so only to a pod that had its rights until just now: else they were missing before.
"""
import time

import distribute_queue
from distribute_api import ApiError
from distribute_follower import remove as remove_file
from distribute_follower import touch
from distribute_lease import clock, explain
from distribute_node import say
from distribute_upkeep import save_state
from distribute_remove import RemoveError, remove
from distribute_sysctls import put_back
from distribute_work import Work

# Seconds: to save the state, to stop the broker, and between two looks at jobs.
SAVE_SECONDS, STOP_SECONDS, LOOK_SECONDS = 20, 15, 1
# kubectl delete may come to the ConfigMap some seconds after the DaemonSet; a second look confirms what it says.
DELETED_SECONDS, CONFIRM_SECONDS = 10, 2
NOT_FOUND, REFUSED = 404, (401, 403)
# A refusal counts if the API has answered within so many seconds before the end of this pod.
KNOWN_SECONDS, ANSWER_SECONDS = 60, 10
KEEP = "keep"


def end(supervisor):
    follower = supervisor.follower
    if follower.was_running and follower.up_since is None and follower.broker.is_up():
        follower.set_up(True)
    # An undrain that comes late would undo what follows.
    wait_for(supervisor, follower.undraining, STOP_SECONDS)
    if follower.up_since is not None:
        give_time(supervisor)
        if follower.leads():
            save(supervisor)
    # For a lead the end of the Lease may be nearer.
    seconds = supervisor.lease.stop_seconds() if follower.broker.is_lead else STOP_SECONDS
    follower.stop_now(0, min(STOP_SECONDS, seconds))
    supervisor.lease.end()
    # This node may leave the set for good: nothing that opens the brokers' network stays on it.
    follower.broker.forget()
    if is_deleted(supervisor):
        clean_up(supervisor.settings)
    for name in ("ready", "alive"):
        remove_file(supervisor.settings.in_run(name))
    say("has ended")


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
    wait_for(supervisor, work, settings.drainSeconds + 5)


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
    wait_for(supervisor, work, SAVE_SECONDS)
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
    deadline, was_gone = clock() + DELETED_SECONDS, False
    while True:
        problem = problem_of(supervisor.api)
        is_gone = says_deleted(supervisor, problem)
        if is_gone and was_gone:
            return True
        if not is_gone and clock() > deadline:
            break
        was_gone = is_gone
        time.sleep(CONFIRM_SECONDS if is_gone else LOOK_SECONDS)
    if problem is not None:
        words = "it isn't known whether the FluxDistribute {} was deleted ({}): nothing is removed from this node"
        say(words.format(settings.name, explain(problem)))
    return False


def problem_of(api):
    """Why the ConfigMap can't be read; None if it can."""
    try:
        api.get_config_map()
        return None
    except ApiError as error:
        return error


def says_deleted(supervisor, problem):
    if problem is None:
        return False
    return problem.code == NOT_FOUND or problem.code in REFUSED and had_rights(supervisor)


def had_rights(supervisor):
    """Did the API answer this pod until it was told to stop? Those that look rarely have it answer them rarely."""
    answered_at = supervisor.api.answered_at
    known = max(KNOWN_SECONDS, supervisor.lease.longest_pause() + ANSWER_SECONDS)
    return answered_at is not None and answered_at >= supervisor.told_at - known


def clean_up(settings):
    say("the FluxDistribute {} was deleted".format(settings.name))
    put_back(settings)
    try:
        for sentence in remove(settings, settings.onDelete):
            say(sentence)
    except (RemoveError, OSError) as problem:
        say("not all was removed from this node ({}): see the clean-up Job".format(problem))
