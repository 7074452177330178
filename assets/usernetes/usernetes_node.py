"""What is done on one node for one Kubernetes: its container, its place in the cluster, and its end."""
import contextlib
import os
import re
import shutil
import signal
import time

from usernetes_engine import Engine
from usernetes_files import locked, read_file, read_json, replace_file, try_lock
from usernetes_make import Deadline, Make, forget_old_logs
from usernetes_problem import Later, Problem, one_line, say, stop
from usernetes_workdir import Workdir

# Seconds: for the container to run its programs, and for an API that was fine once to answer again.
RUNNING, ANSWERING = 75, 300
# Seconds for the images that are on the host.
IMPORTING = 180
# Seconds for a control plane that somebody may have made by hand.
COMPLETE = 30
# Seconds after which a join command is made anew, and that one who asks for it waits for others who do.
JOIN_COMMAND_AGE, QUEUE = 6 * 3600, 60
# Seconds that a take-down leaves to whatever still works on the same cluster.
PATIENCE = 3
# How a join command ends.
WHOLE = re.compile(r"kubeadm join .*sha256:[0-9a-f]{64}\s*\Z")
LONGEST_REMOVAL = 60


def own_rank(settings, flux):
    """The boot has written it down, else the broker of this node knows."""
    try:
        rank = read_json(settings.at("/var/lib/flux-usernetes-boot/state.json"), {}).get("rank")
    except (OSError, Problem):
        rank = None
    return rank if isinstance(rank, int) else flux.rank()


class Node:
    """One cluster's part on this node. Only one program at a time works on it."""

    def __init__(self, settings, workdir, rank, seconds):
        self.settings = settings
        self.workdir = workdir
        self.rank = rank
        self.deadline = Deadline(seconds)
        self.engine = Engine(settings, self.deadline)

    @contextlib.contextmanager
    def making(self, doing):
        """make, under the lock of this cluster on this node, which all that it starts holds too."""
        with locked(lock_path(self.workdir), self.deadline.left(), doing) as lock:
            yield Make(self.workdir, self.deadline, keep=(lock,))

    # --- the container

    def up(self, serial=0):
        with self.making("up") as make:
            self.workdir.prepare(self.rank, serial)
            forget_old_logs(self.settings)
            if not self.engine.has_image(self.settings.image):
                say("the image {} is missing on this node: it is built now".format(self.settings.image))
                make.target("flux-usernetes-image")
            self.start(make)

    def start(self, make):
        make.target("flux-usernetes-up")
        make.ask("running", at_most=RUNNING)
        if self.settings.images:
            # What isn't there is pulled.
            done = make.try_to_ask("images", at_most=IMPORTING)
            if done is None or done.code != 0:
                why = "it took longer than {} s".format(IMPORTING) if done is None else one_line(done.err)
                say("the images of {} can't be taken in: {}".format(self.settings.images, why))

    def state(self, make):
        """How far the container has come: (done to the end, control-plane | worker | none, its authority)."""
        marked, role, authority = make.ask("state").split()
        return marked == "yes", role, authority

    def down(self):
        """Containers, networks, volumes and the folder, whatever state they are in.

        It ends what is under way there, but not another take-down, such as one by the next job on this node.
        """
        path = lock_path(self.workdir)
        with locked(path + ".down", self.deadline.left(), "down"), contextlib.closing(Lock(path)) as lock:
            lock.take()
            if self.workdir.exists():
                try:
                    make = Make(self.workdir, self.deadline, keep=(lock.descriptor,))
                    make.target("down-v", at_most=LONGEST_REMOVAL)
                except Problem as problem:
                    say("{}; its parts are removed one by one".format(problem))
            self.engine.remove(self.workdir.project, max(5, self.deadline.left(LONGEST_REMOVAL) / 3))
            remove_folder(self.workdir.path)
        if not self.is_lasting:
            # Nobody comes back to a job.
            for name in (path, path + ".down"):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(name)

    def reset(self, make):
        """A new container with new volumes, in the same folder."""
        make.target("down-v")
        self.start(make)

    # --- the control plane

    def init(self):
        """Makes the control plane, its kubeconfig and its join command; what is there already stays."""
        with self.making("init") as make:
            if self.is_lasting and self.has_control_plane(make):
                self.wait_for_api(make, ANSWERING)
            else:
                for file in (self.workdir.kubeconfig, self.workdir.join_command):
                    with contextlib.suppress(FileNotFoundError):
                        os.remove(file)
                make.target("kubeadm-init")
                self.mark(make)
            if not read_file(self.workdir.kubeconfig):
                make.target("kubeconfig")
                os.chmod(self.workdir.kubeconfig, 0o600)
            self.write_join_command(make)

    @property
    def is_lasting(self):
        """Does it outlive a reboot? What belongs to a job is made once, and never found again."""
        return not self.workdir.id.isdigit()

    def mark(self, make):
        """From here on this node is complete."""
        if self.is_lasting:
            make.ask("mark")

    def has_control_plane(self, make):
        marked, role, _ = self.state(make)
        if role == "none" or (marked and role == "control-plane") or self.is_sound(make, role):
            return role != "none"
        say("a control plane that was never completed is there: it is reset and made anew")
        self.reset(make)
        return False

    def is_sound(self, make, role):
        """Was it made by hand, to the end? Then it is taken as it is."""
        if role == "control-plane" and make.until(lambda: answers(make, "complete"), COMPLETE, every=3):
            make.ask("mark")
            return True
        return False

    def wait_for_api(self, make, seconds):
        if not make.until(lambda: answers(make, "healthy"), seconds, every=2):
            text = "the control plane was complete, but its API doesn't answer: see make -C {0} logs"
            text += " (to begin anew, and lose all that is in it: usernetes clean --workdir {0})"
            raise Problem(text.format(self.workdir.path))

    def write_join_command(self, make):
        # The tokens in it live for 24 hours.
        make.target("join-command")
        os.chmod(self.workdir.join_command, 0o600)

    def give_join_command(self, newcomer=None):
        """The text of it, for a node that has no state: what Kubernetes knows of an earlier one by its name is void.

        Hundreds of nodes may ask at once: only one that finds it too old makes it anew, and only these take the lock.
        """
        if not read_file(self.workdir.join_command):
            raise Later("the control plane isn't ready for others yet")
        text = self.lasting_join_command()
        if not text:
            with locked(lock_path(self.workdir), self.deadline.left(QUEUE), "join-command") as lock:
                text = self.lasting_join_command()
                if not text:
                    self.write_join_command(Make(self.workdir, self.deadline, keep=(lock,)))
                    text = read_file(self.workdir.join_command)
        if newcomer:
            Make(self.workdir, self.deadline).ask("forget", newcomer)
        return text

    def lasting_join_command(self):
        """The text if it is whole, and lets others join for long enough yet: it is written line by line."""
        text = read_file(self.workdir.join_command)
        with contextlib.suppress(FileNotFoundError):
            age = time.time() - os.path.getmtime(self.workdir.join_command)
            if age < JOIN_COMMAND_AGE and WHOLE.search(text):
                return text
        return ""

    def authority(self):
        """What tells this control plane from one that was here before."""
        if not read_file(self.workdir.join_command):
            raise Later("the control plane isn't ready for others yet")
        return self.state(Make(self.workdir, self.deadline))[2]

    def sync(self, flannel=True):
        """External addresses of the nodes that lack one, and only then flannel, which reads them once.

        One serves all who had come before it began.
        """
        came, synced = time.time_ns(), self.workdir.file("flux-usernetes.synced")
        with self.making("sync") as make:
            began = time.time_ns()
            if flannel or not came <= int(read_file(synced) or 0) <= began:
                make.ask("sync", at_most=300)
                replace_file(synced, str(began))
            if flannel:
                make.target("install-flannel")

    def wait_until_ready(self, names):
        """Until each of these nodes is Ready, and flannel on it uses the address that others reach."""
        make = Make(self.workdir, self.deadline)
        restarted = {}
        missing = list(names)

        def all_ready():
            nonlocal missing
            done = make.try_to_ask("nodes")
            seen = nodes_of(done.out) if done is not None and done.code == 0 else {}
            for name, node in seen.items():
                if node.is_wrong() and name not in restarted:
                    # Its pod came before the annotation.
                    restarted[name] = True
                    make.try_to_ask("restart-flannel", name)
            missing = [name for name in names if name not in seen or not seen[name].is_settled()]
            return not missing

        if not make.until(all_ready, every=1):
            names = ", ".join(missing[:8]) + (" ..." if missing[8:] else "")
            raise Problem("not Ready within {:.0f} s: {}".format(self.deadline.seconds, names))

    # --- a worker

    def join(self, command):
        """Makes this node part of the cluster that the join command names."""
        with self.making("join") as make:
            replace_file(self.workdir.join_command, command, 0o600)
            make.target("kubeadm-join")
            self.mark(make)


class Lock:
    """The lock of a cluster on this node, taken from whoever has it if need be."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self):
        deadline = Deadline(PATIENCE)
        while not try_lock(self.descriptor):
            stop.check()
            if deadline.passed():
                end_holders(self.path)
            time.sleep(0.1)

    def close(self):
        os.close(self.descriptor)


def end_holders(path):
    """Kills what still works on a cluster that is to go: every process that has its lock open."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            folder = "/proc/{}/fd".format(pid)
            if any(os.readlink(os.path.join(folder, name)) == path for name in os.listdir(folder)):
                os.kill(int(pid), signal.SIGKILL)


class KubernetesNode:
    def __init__(self, ready, overwrite, used, taints):
        self.ready, self.overwrite, self.used, self.taints = ready, overwrite, used, taints

    def is_wrong(self):
        """Does flannel announce an address that only this node knows?"""
        return bool(self.used and self.overwrite and self.used != self.overwrite)

    def is_settled(self):
        return self.ready == "True" and bool(self.overwrite) and self.used == self.overwrite


def nodes_of(text):
    """Lines of usernetes_inside.sh."""
    nodes = {}
    for line in text.splitlines():
        fields = line.split("|")
        if len(fields) == 6:
            name, ready, overwrite, used, _, taints = fields
            nodes[name] = KubernetesNode(ready, overwrite, used, taints)
    return nodes


def answers(make, *verb):
    done = make.try_to_ask(*verb, at_most=30)
    return done is not None and done.code == 0


def lock_path(workdir):
    folder = workdir.settings.in_state("locks")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.path.join(folder, workdir.project + ".lock")


def remove_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(path + ".new", ignore_errors=True)
    if os.path.exists(path):
        raise Problem("{} can't be removed".format(path))


def sweep(node, keep, serial, deadline):
    """Removes what jobs have left on this node that no longer exist: [(id, None or why it could not)].

    A folder that is younger than `serial` belongs to a job that began after `keep` was written.
    """
    swept, settings = [], node.settings
    for id in leftovers(node.engine, keep, serial):
        try:
            if deadline.passed():
                raise Problem("no time is left to remove it")
            Node(settings, Workdir(settings, id, 0), node.rank, deadline.left()).down()
            swept.append((id, None))
        except Problem as problem:
            swept.append((id, str(problem)))
    return swept


def leftovers(engine, keep, serial):
    settings = engine.settings
    # Containers first: their folder is made before them.
    projects = [re.fullmatch(r"usernetes-(\d+)", name) for name in engine.projects()]
    ids = {match[1] for match in projects if match}
    with contextlib.suppress(FileNotFoundError):
        ids |= {name for name in os.listdir(settings.in_state("jobs")) if name.isdigit()}
    return [id for id in sorted(ids - set(keep)) if Workdir(settings, id, 0).facts().get("serial", 0) < serial]
