"""What people call: where their Kubernetes is, and how to make one by hand."""
import hashlib
import os
import shlex
import time

from usernetes_files import read_file
from usernetes_flux import Flux, decimal_id, encode_ranks, f58_id
from usernetes_jobs import TAKE_DOWN, Job, is_swept, is_yes
from usernetes_make import Deadline, Make
from usernetes_node import Node, nodes_of, own_rank, sweep
from usernetes_problem import Problem, complain, one_line, say, stop
from usernetes_settings import SYSTEM
from usernetes_slots import Slots
from usernetes_workdir import Workdir

# Seconds: for a question of a worker to rank 0, and for each step of a take-down by hand.
LONGEST_QUESTION = 300

ASKING = "--setattr=attributes.user.usernetes=yes"

# --- attr and env


def attributes(settings, names):
    """Values by name, of the job of the system instance that this is part of."""
    path = where_am_i(settings)
    values = {"kubeconfig": os.path.join(path, "kubeconfig"), "workdir": path}
    return [(name, values[name]) for name in names or ["kubeconfig", "workdir"]]


def print_attributes(settings, names):
    for _, value in attributes(settings, names):
        say(value)


def print_environment(settings, names):
    variables = {"kubeconfig": "KUBECONFIG", "workdir": "USERNETES_WORKDIR"}
    for name, value in attributes(settings, names):
        say("export {}={}".format(variables[name], shlex.quote(value)))


def where_am_i(settings):
    flux = Flux(settings)
    id, uri = system_job(flux, settings)
    if id is not None and (os.path.isdir(settings.workdir(id)) or asks_for_it(flux, id, uri)):
        return settings.workdir(id)
    if settings.mode == SYSTEM:
        return settings.workdir(SYSTEM)
    if id is None:
        text = "this isn't part of a job, and the cluster has no Kubernetes of its own: begin in a job with {}"
        raise Problem(text.format(ASKING))
    raise Problem("job {} has no Kubernetes: submit it with {}".format(f58_id(id), ASKING))


def asks_for_it(flux, id, uri):
    try:
        return is_yes(flux.user_attributes(id, uri=uri).get("usernetes"))
    except Problem:
        return False


def system_job(flux, settings):
    """(the job of the system instance that this process belongs to or None, the system instance).

    An instance inside of a job knows its own job's id, which its parent gave it: the outermost is the one.
    """
    uri = os.environ.get("FLUX_URI") or settings.uri
    if "FLUX_URI" not in os.environ and "FLUX_JOB_ID" not in os.environ:
        return None, uri
    try:
        level = int(flux.attribute("instance-level", uri=uri))
        id = decimal_id(os.environ["FLUX_JOB_ID"]) if level == 0 and os.environ.get("FLUX_JOB_ID") else None
        while level > 0:
            id, uri = decimal_id(flux.attribute("jobid", uri=uri)), flux.attribute("parent-uri", uri=uri)
            level -= 1
    except ValueError as error:
        raise Problem("flux getattr gave an odd answer: {}".format(error)) from None
    return id, uri


# --- by hand


def manual_workdir(settings, path):
    """A folder that somebody named, or that of system mode."""
    if path is None or os.path.abspath(path) == settings.workdir(SYSTEM):
        return Workdir(settings, SYSTEM, settings.manual_slot)
    path = os.path.abspath(path)
    id = "manual-" + hashlib.sha256(path.encode()).hexdigest()[:8]
    return Workdir(settings, id, settings.manual_slot, path)


def manual_node(settings, path, seconds=None):
    stop.listen()
    workdir = manual_workdir(settings, path)
    rank = own_rank(settings, Flux(settings))
    return Node(settings, workdir, rank, seconds or settings.limits["ready"])


def start_control_plane(settings, path, count, serial):
    node = manual_node(settings, path)
    node.up()
    node.init()
    node.sync(flannel=True)
    say("the control plane is up; workers take {}".format(node.workdir.join_command))
    if not serial:
        wait_workers(settings, path, count)
    say("export KUBECONFIG=" + shlex.quote(node.workdir.kubeconfig))


def start_worker(settings, path):
    node = manual_node(settings, path)
    if node.rank == 0:
        raise Problem("rank 0 has the control plane: workers are the other ranks (flux exec -x 0 ...)")
    end = Deadline(settings.limits["ready"])
    while not read_file(node.workdir.join_command):
        stop.check()
        if end.passed():
            text = "{}: no join-command in {} within {:.0f} s: bring it from rank 0 by flux archive"
            raise Problem(text.format(settings.where(node.rank), node.workdir.path, end.seconds))
        time.sleep(1)
    node.up()
    with node.making("worker") as make:
        marked, role, _ = node.state(make)
        if role != "none" and not marked:
            node.reset(make)
            role = "none"
    if role == "none":
        node.join(read_file(node.workdir.join_command))
    ask_for_sync(settings, node)
    say("{} has joined".format(settings.node(node.rank)))


def ask_for_sync(settings, node):
    """Its pod of flannel may have started before its address was announced: rank 0 waits until that is put right."""
    words = ["node", "sync", "--workdir", node.workdir.path, "--limit", str(LONGEST_QUESTION), "--plain"]
    words += ["--nodes", settings.node(node.rank)]
    try:
        done = Flux(settings).on_lead(words, LONGEST_QUESTION)
        why = one_line(done.err) if done.code != 0 else None
    except Problem as problem:
        why = str(problem)
    if why:
        text = "rank 0 could not be asked for a sync ({}): run make -C {} sync-external-ip there"
        complain(text.format(why, node.workdir.path))


def wait_workers(settings, path, count):
    """Until so many nodes beside the control plane are ready."""
    node = manual_node(settings, path)
    make = Make(node.workdir, node.deadline)
    seen = {}

    def enough():
        nonlocal seen
        make.try_to_ask("sync", at_most=LONGEST_QUESTION)
        done = make.try_to_ask("nodes")
        seen = nodes_of(done.out) if done is not None and done.code == 0 else seen
        return len(seen) > count

    if not make.until(enough, every=2):
        text = "{} of {} workers have joined within {:.0f} s: {}"
        names = ", ".join(sorted(seen)) or "none"
        raise Problem(text.format(max(0, len(seen) - 1), count, node.deadline.seconds, names))
    node.wait_until_ready(sorted(seen))
    say("{} workers are ready".format(len(seen) - 1))


def down(settings, path):
    """Containers, network and volumes; the folder stays."""
    node = manual_node(settings, path, TAKE_DOWN)
    with node.making("down") as make:
        make.target("down-v")
    node.engine.remove(node.workdir.project, 30)
    for file in (node.workdir.kubeconfig, node.workdir.join_command):
        if os.path.exists(file):
            os.remove(file)


def clean(settings, path, all, job, stale):
    if job is not None:
        return clean_job(settings, decimal_id(job))
    if stale:
        return clean_stale(settings)
    if path is None:
        raise Problem("say what: --job ID, --stale, or --workdir FOLDER (with --all for the folder itself)")
    if all:
        manual_node(settings, path, TAKE_DOWN).down()
    else:
        down(settings, path)
    return 0


def clean_job(settings, id):
    """Removes what a job has kept or could not remove, and gives its slot back."""
    flux = Flux(settings)
    if own_rank(settings, flux) != 0:
        return by_lead(flux, "clean", "--job", id)
    stop.listen()
    entry = Slots(settings).of(id)
    if entry is None:
        if Job(settings, id, ()).undrain():
            return 0
        raise Problem("job {} holds nothing (see usernetes status)".format(f58_id(id)))
    if is_swept(entry) and id in flux.active_jobs():
        raise Problem("job {} is still active: cancel it, and its epilog removes all of it".format(f58_id(id)))
    job = Job(settings, id, entry["ranks"])
    fine = job.take_down(TAKE_DOWN, drain=False)
    if fine:
        say("removed on ranks {}".format(encode_ranks(entry["ranks"])))
    job.undrain()
    return 0 if fine else 1


def clean_stale(settings):
    """What jobs have left that ended without an epilog, on all nodes."""
    flux = Flux(settings)
    if own_rank(settings, flux) != 0:
        return by_lead(flux, "clean", "--stale")
    stop.listen()
    # In this order: a job that begins meanwhile isn't among the first.
    entries, active = Slots(settings).all(), flux.active_jobs()
    fine = True
    for id, entry in sorted(entries.items()):
        if is_swept(entry) and id not in active:
            fine = Job(settings, id, entry["ranks"]).take_down(TAKE_DOWN, drain=True) and fine
    return 0 if fine else 1


def by_lead(flux, *words):
    done = flux.on_lead(words, TAKE_DOWN * 2)
    for line in done.out.splitlines():
        say(line)
    if done.code != 0:
        complain(one_line(done.err.replace("usernetes: ", "")))
    return done.code


# --- status


def status(settings):
    flux = Flux(settings)
    rank = own_rank(settings, flux)
    if rank != 0:
        return by_lead(flux, "status")
    rows = [("JOB", "SLOT", "RANKS", "STATE", "ETCD,KUBELET,FLANNEL,API", "KUBECONFIG")]
    if Workdir(settings, SYSTEM, 0).exists():
        slot = settings.manual_slot
        path = os.path.join(settings.workdir(SYSTEM), "kubeconfig")
        state = "up" if os.path.exists(path) else "starting"
        rows.append((SYSTEM, str(slot), "0-", state, ports_text(settings, slot), path))
    for id, entry in sorted(Slots(settings).all().items(), key=lambda item: item[1]["serial"]):
        lead = entry["lead"]
        path = "{}:{}".format(settings.host(lead), os.path.join(settings.workdir(id), "kubeconfig"))
        path = path if lead in entry["ranks"] and entry["state"] in ("up", "debug") else "-"
        ranks = encode_ranks(entry["ranks"])
        rows.append((f58_id(id), str(entry["slot"]), ranks, entry["state"], ports_text(settings, entry["slot"]), path))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        say("  ".join([*(text.ljust(width) for text, width in zip(row, widths)), row[5]]))
    return 0


def ports_text(settings, slot):
    ports = settings.ports_of(slot)
    return ",".join(str(ports[name]) for name in ("etcd", "kubelet", "flannel", "apiServer"))


def sweep_node(node, keep, serial):
    """Lines for the orchestrator."""
    # The job that waits for it has time to begin all the same.
    for id, why in sweep(node, keep, serial, Deadline(min(TAKE_DOWN, node.deadline.left() / 2))):
        say("swept {}".format(id) if why is None else "unswept {}: {}".format(id, why))
