"""The broker of this node: its files, how it is started and stopped, and whether it is up."""
import hashlib
import os
import re
import shutil
import stat
import time

import distribute_queue
from distribute_flux import flux, replace_file, socket_of, uri_of, write_wrappers
from distribute_node import PATH, say
from distribute_process import MARK, ProcessRunner, end_leftovers
from distribute_systemd import SystemdRunner, may_use_systemd

# Seconds: for one question to the broker, and for a broker that drains to be shut down after that.
LONGEST_ANSWER, SHUT_DOWN = 5, 10
# Seconds for a follower that has nothing left to do but to say goodbye.
LONGEST_GOODBYE = 2


class Broker:
    """One at a time; nothing here is to be called by two threads at once.

    configure() comes first. A broker that has ended stays ended until start() is called again.
    """

    def __init__(self, settings):
        self.settings = settings
        self.prefix = None
        self.size = 1
        self.is_lead = False
        self.runner = None

    def configure(self, toml, r_json, certificate, environment_prefix):
        """Writes what a broker reads; True if any of it has changed since."""
        settings = self.settings
        for folder, mode in ((settings.in_run("config"), 0o755), (settings.in_state("rundir"), 0o700)):
            make_folder(folder, mode)
        make_folder(settings.in_state("state"), 0o700)
        changed = [
            replace_file(settings.in_run("config", "broker.toml"), toml),
            replace_file(settings.in_run("config", "R"), r_json),
            replace_file(settings.in_run("config", "curve.cert"), certificate, 0o400),
            environment_prefix != self.prefix,
        ]
        write_wrappers(settings, environment_prefix)
        self.prefix = environment_prefix
        self.size = size_of(r_json)
        return any(changed)

    def start(self, is_lead, restore=None):
        """Starts the broker, if it doesn't run yet. `restore` is a dump, for the lead only.

        A broker that systemd runs already, with the same configuration, is taken over.
        """
        if self.is_running():
            return
        settings = self.settings
        self.is_lead = is_lead
        if self.runner is None:
            self.runner = make_runner(settings, self.prefix)
        if restore is not None and not (is_lead and is_file(restore)):
            # Flux would go on with an empty state, and without a word.
            say("there is no state to restore at {}: the broker starts with the state that it has".format(restore))
            restore = None
        words, env = self.words(), {"PATH": "{}/bin:{}".format(self.prefix, PATH), MARK: settings.runDirectory}
        fingerprint = self.fingerprint(words)
        if restore is None and self.runner.take_over(fingerprint, is_lead):
            return
        # Of a broker that was killed, or of a supervisor that was.
        self.runner.make_room()
        end_leftovers(settings.runDirectory, uri_of(settings))
        self.clear()
        option = [] if restore is None else ["-Scontent.restore=" + restore]
        self.runner.start(words, option, env, fingerprint, is_lead)

    def words(self):
        settings = self.settings
        words = [
            self.prefix + "/bin/flux",
            "broker",
            "--config-path=" + settings.in_run("config"),
            "-Srundir=" + settings.in_state("rundir"),
            "-Sstatedir=" + settings.in_state("state"),
            "-Slocal-uri=" + uri_of(settings),
            "-Shostname=" + settings.node_name,
            "-Sbroker.rc2_none=1",
            "-Sbroker.quorum={}".format(max(1, min(settings.quorum, self.size))),
            "-Slog-stderr-level=6",
            "-Slog-stderr-mode=local",
        ]
        if settings.topology != "flat":
            words.append("-Stbon.topo=" + settings.topology)
        return words

    def fingerprint(self, words):
        digest = hashlib.sha256("\0".join(words).encode())
        for name in ("broker.toml", "R", "curve.cert"):
            with open(self.settings.in_run("config", name), "rb") as file:
                digest.update(b"\0" + hashlib.sha256(file.read()).digest())
        return digest.hexdigest()[:32]

    def clear(self):
        """What a broker leaves that was killed."""
        shutil.rmtree(self.settings.in_state("rundir"), ignore_errors=True)
        make_folder(self.settings.in_state("rundir"), 0o700)
        remove_socket(self.settings)

    def stop(self, drain_seconds=0, deadline_seconds=30):
        """Stops the broker, and all others with it if it is the lead; True if it ended by itself.

        The deadline counts from now, for all of it: then everything is killed. Running jobs of a lead get up to
        drain_seconds of it to end.
        """
        if not self.is_running():
            self.end()
            return True
        end = time.monotonic() + deadline_seconds
        drain = min(drain_seconds, deadline_seconds - SHUT_DOWN)
        if self.is_lead and drain > 0:
            distribute_queue.drain(self.settings, drain)
        is_told = False
        if self.is_lead:
            left = max(0.1, min(LONGEST_ANSWER, (end - time.monotonic()) / 2))
            is_told = flux(self.settings, "shutdown", "--background", timeout=left).returncode == 0
        if not is_told:
            self.runner.terminate()
        ended = self.wait_for_end(end)
        if not ended and time.monotonic() >= end:
            say("the broker has not ended within {} s: it is killed, and its jobs".format(deadline_seconds))
        self.end()
        return ended

    def wait_for_end(self, end):
        """True if it ends by itself. At last a follower says goodbye to its lead, and that one may be gone."""
        goodbye = None
        while self.is_running():
            now = time.monotonic()
            if now >= end or (goodbye is not None and now - goodbye >= LONGEST_GOODBYE):
                return False
            if not self.is_lead and goodbye is None and self.state() == "goodbye":
                goodbye = now
            time.sleep(0.1)
        return True

    def end(self):
        """Kills whatever may be left of the broker, also of one that an earlier supervisor has left to systemd.

        The one call that another thread may make at any time.
        """
        if self.runner is not None:
            self.runner.end()
        elif self.settings.runner != "supervisor":
            SystemdRunner(self.settings).remove()
        end_leftovers(self.settings.runDirectory, uri_of(self.settings))

    def forget(self):
        """Removes what a broker reads, the key above all, and what it has left; nothing while one runs."""
        if self.is_running():
            return
        for folder in (self.settings.in_run("config"), self.settings.in_state("rundir")):
            shutil.rmtree(folder, ignore_errors=True)
        remove_socket(self.settings)

    def is_running(self):
        return self.runner is not None and self.runner.is_running()

    def exit_code(self):
        """How the broker ended, 128 and more if by a signal; None while it runs, or if it never did."""
        return None if self.runner is None else self.runner.exit_code()

    def is_up(self):
        """Does it answer, and is it past its start?"""
        return self.is_running() and self.state() == "run"

    def answers(self):
        """Does it answer a question that it needs no other broker for?"""
        if not is_socket(socket_of(self.settings)):
            return False
        return flux(self.settings, "getattr", "rank", timeout=LONGEST_ANSWER).returncode == 0

    def show_life(self):
        """To be called every second or so: a broker doesn't go on for long without. Any thread may do it."""
        runner = self.runner
        if runner is not None:
            runner.show_life()

    def state(self):
        """The state that the broker says it is in; empty if it doesn't answer."""
        if not is_socket(socket_of(self.settings)):
            return ""
        done = flux(self.settings, "uptime", timeout=LONGEST_ANSWER)
        # 20:12:11 run 1.5s,  owner flux,  depth 0,  size 4
        words = done.stdout.split()
        return words[1] if done.returncode == 0 and len(words) > 1 else ""


def make_runner(settings, prefix):
    runner = SystemdRunner(settings)
    if may_use_systemd(settings, prefix):
        return runner
    # It may have been another choice before.
    runner.remove()
    return ProcessRunner(settings)


def remove_socket(settings):
    try:
        os.remove(socket_of(settings))
    except FileNotFoundError:
        pass


def make_folder(path, mode):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, mode)


def size_of(r_json):
    """How many ranks an R has."""
    text = r_json.decode() if isinstance(r_json, bytes) else r_json
    ranks = re.findall(r'"rank":\s*"([\d,-]*)"', text)
    return max([int(number) for number in re.findall(r"\d+", " ".join(ranks))] or [0]) + 1


def is_file(path):
    try:
        return os.path.getsize(path) > 0
    except OSError:
        return False


def is_socket(path):
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False
