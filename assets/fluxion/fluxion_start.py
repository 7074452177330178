"""The life of the controller: one at a time, bounded waits, and an end in order."""

import fcntl
import os
import signal
import socket
import time

from fluxion_auth import Keys
from fluxion_flux import Flux
from fluxion_graph import graph, read_machine
from fluxion_job import stop
from fluxion_journal import Journal
from fluxion_pod import CERTIFICATE, QUEUE, ROOT, Failure, controller_port, say, seconds
from fluxion_scheduler import Scheduler
from fluxion_server import serve
from fluxion_service import Service

FOLDER = os.path.join(ROOT, "brokers", QUEUE, "fluxion")
# Seconds: for commands of a controller that was killed to end, between two tries, and for the end.
LEFTOVER_SECONDS, LOOK, END_SECONDS = 40, 0.5, 4
WAIT_SECONDS = 300


class Stopped(Exception):
    """SIGTERM."""


def start():
    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGINT, stopped)
    os.umask(0o077)
    try:
        return live()
    except Stopped:
        return 0
    except Failure as problem:
        say(problem)
    except OSError as error:
        say("can't go on ({}{})".format(error.strerror, " at " + error.filename if error.filename else ""))
    return 1


def stopped(*_):
    raise Stopped


def live():
    keys = Keys(CERTIFICATE)
    address = os.environ.get("MINICLUSTER_FLUXION_SERVICE") or ""
    if not address.rpartition(":")[2].isdigit():
        raise Failure(
            "MINICLUSTER_FLUXION_SERVICE does not say host:port of the Fluxion service: {}".format(
                address or "nothing"
            )
        )
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    lock = take_lock()
    service = Service(address)
    deadline = time.monotonic() + seconds("MINICLUSTER_FLUXION_WAIT", WAIT_SECONDS)
    machine = wait_for("the resources of the queue's broker", queue_machine, deadline)
    wait_for("the Fluxion service at {}".format(address), lambda: service.init(graph(machine)), deadline)
    scheduler = Scheduler(machine, service, Journal(FOLDER), lock)
    scheduler.restore()
    host = os.environ.get("HOSTNAME") or socket.gethostname()
    servers = serve(host, controller_port(), scheduler, keys)
    scheduler.start()
    places = ", ".join("{} port {}".format(*server.server_address[:2]) for server in servers)
    words = "shares {} cores of {} hosts, listens at {}"
    say(words.format(machine.cores, len(machine.nodes), places))
    try:
        while not scheduler.stopping.wait(0.5):
            pass
    except Stopped:
        end(scheduler, servers)
        return 0
    say(scheduler.problem)
    end(scheduler, servers)
    return 1


def queue_machine():
    return read_machine(Flux("the queue").resources(), os.environ.get("MINICLUSTER_HOSTS") or "")


def wait_for(what, ask, deadline):
    """Asks until there is an answer, and says what it waits for."""
    said = ""
    while True:
        try:
            return ask()
        except Failure as problem:
            if time.monotonic() > deadline or problem.code != 503:
                raise
            if said != str(problem):
                say("waits for {}: {}".format(what, problem))
            said = str(problem)
        time.sleep(LOOK)


def take_lock():
    """Held by the controller, and by its submissions that are under way."""
    path = os.path.join(FOLDER, "lock")
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
            if holder.isdigit() and is_controller(int(holder)):
                raise Failure("a controller runs here already (process {})".format(holder))
            if time.monotonic() > deadline:
                raise Failure("a submission of the controller before this one does not end")
        time.sleep(0.1)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def is_controller(process):
    """Numbers of processes come again, above all in a container that was started anew."""
    try:
        with open("/proc/{}/stat".format(process)) as file:
            state = file.read().rpartition(")")[2].split()[0]
        with open("/proc/{}/cmdline".format(process), "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    return (
        process != os.getpid()
        and state != "Z"
        and any(word.endswith(b"fluxion_controller.py") for word in words)
    )


def end(scheduler, servers):
    """Jobs go on in Flux; the journal is on disk."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    signal.alarm(END_SECONDS)
    scheduler.stopping.set()
    for server in servers:
        server.socket.close()
    with scheduler.lock:
        stop(scheduler.records.jobs.values())
        scheduler.lock.notify_all()
    # A thread that waits for Fluxion or Flux would hold up the interpreter's own end.
    os._exit(1 if scheduler.problem else 0)
