"""Runs the broker as a transient unit of the node's systemd, in /run: nothing of it is left after a reboot.

The unit goes on when the supervisor ends without a word, so that the next supervisor finds it running. It isn't left
alone for long: a timer, which the supervisor sets back as long as it lives, stops it.

DISTRIBUTE_UNITS  another folder of units than /run/systemd/system
"""
import os
import threading
import time

from distribute_flux import replace_file
from distribute_node import assignments, die, run_on_node, say, why
from distribute_process import end_kept, keep

UNITS = os.environ.get("DISTRIBUTE_UNITS") or "/run/systemd/system"
# Seconds: for the node's systemd to answer, and between two looks at the unit.
LONGEST_ANSWER, LOOK = 20, 0.5
# Seconds for which a follower's broker goes on without a supervisor. A lead's is gone before another lead may start.
ALONE = 900

UNIT = """# Made by flux-distribute.
[Unit]
Description=Flux broker of flux-distribute {name}
# The supervisor decides when it is started again.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
{environment}
EnvironmentFile=-{restore}
ExecStart={words} $FLUX_DISTRIBUTE_RESTORE
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec={stop}
Restart=no
Delegate=yes
SyslogIdentifier=flux-distribute-{name}

[X-Flux-Distribute]
Configuration={fingerprint}
"""

GUARD_SERVICE = """# Made by flux-distribute.
[Unit]
Description=Stops a Flux broker whose supervisor is gone

[Service]
Type=oneshot
ExecStart={systemctl} stop {unit}
"""

GUARD_TIMER = """# Made by flux-distribute.
[Unit]
Description=Stops a Flux broker whose supervisor is gone
# It is set back by being started again.
StartLimitIntervalSec=0

[Timer]
OnActiveSec={seconds}
AccuracySec=1
"""


def may_use_systemd(settings, prefix):
    """Is the broker to run under systemd? A node that can't, and is told to, is an error."""
    if settings.runner == "supervisor":
        return False
    problem = what_lacks(prefix)
    if problem is None:
        return True
    if settings.runner == "systemd":
        die("the broker can't run under systemd on this node ({}): set runner to auto or supervisor".format(problem))
    return False


def what_lacks(prefix):
    # The folder is there if, and only if, systemd has started the node.
    script = 'test -d "$0" && command -v systemctl'
    found = run_on_node(["/bin/sh", "-c", script, UNITS], timeout=LONGEST_ANSWER)
    if found.returncode != 0:
        return "systemd doesn't run there"
    version = run_on_node([prefix + "/bin/flux", "version"], timeout=LONGEST_ANSWER)
    if version.returncode != 0:
        return "flux version fails: " + why(version)
    return None if "+systemd" in version.stdout else "Flux was built without it"


def quote(word):
    """A word of ExecStart or Environment, as systemd reads it."""
    for letter, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%")):
        word = word.replace(letter, written)
    return '"{}"'.format(word)


def quote_word(word):
    return quote(word).replace("$", "$$")


class SystemdRunner:
    def __init__(self, settings):
        self.settings = settings
        self.name = "flux-distribute-" + settings.name
        self.unit, self.guard = self.name + ".service", self.name + "-guard.timer"
        self.restore = settings.in_run("config", "restore")
        self.journal = None
        self.is_ours = False
        self.code = None
        self.state, self.looked = {}, 0.0
        # The thread that sets the timer back, and what ends it.
        self.guarding, self.released = None, threading.Event()

    def systemctl(self, *arguments, timeout=LONGEST_ANSWER):
        return run_on_node(["systemctl", *arguments], timeout=timeout)

    def look(self, at_once=False):
        """What systemd knows of the unit; what it said last where it doesn't answer."""
        now = time.monotonic()
        if at_once or now - self.looked >= LOOK:
            names = "ActiveState,MainPID,ExecMainCode,ExecMainStatus"
            done = self.systemctl("show", "--property=" + names, self.unit)
            if done.returncode == 0:
                self.state = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
            self.looked = now
        return self.state

    def is_active(self, at_once=False):
        return self.look(at_once).get("ActiveState") in ("active", "activating", "deactivating", "reloading")

    def take_over(self, fingerprint, is_lead):
        """Is a broker with this configuration running already? Then it is ours from now on."""
        if not self.is_active(at_once=True) or self.state["ActiveState"] == "deactivating":
            return False
        shown = run_on_node(["/bin/sh", "-c", 'cat "$0"', self.path(self.unit)], timeout=LONGEST_ANSWER)
        if "Configuration={}\n".format(fingerprint) not in shown.stdout:
            return False
        say("the broker that systemd runs already is taken over")
        self.begin(is_lead, time.time())
        return True

    def path(self, unit):
        return os.path.join(UNITS, unit)

    def write_unit(self, unit, text):
        done = run_on_node(["/bin/sh", "-c", 'cat >"$0"', self.path(unit)], input=text, timeout=LONGEST_ANSWER)
        if done.returncode != 0:
            say("can't write {} on the node: {}".format(self.path(unit), why(done)))
        return done.returncode == 0

    def show_life(self):
        """The timer is set back by a thread of its own."""

    def make_room(self):
        """Stops a broker with another configuration, which an earlier supervisor has left."""
        if self.is_active(at_once=True):
            self.systemctl("stop", self.unit, timeout=self.longest_stop() + LONGEST_ANSWER)
        self.end()

    def start(self, words, restore, env, fingerprint, is_lead):
        systemctl = run_on_node(["/bin/sh", "-c", "command -v systemctl"], timeout=LONGEST_ANSWER).stdout.strip()
        values = {
            "name": self.settings.name,
            "environment": "\n".join("Environment=" + quote(variable) for variable in assignments(env)),
            "restore": self.restore,
            "words": " ".join(quote_word(word) for word in words + ["-Sbroker.sd-notify=1"]),
            "stop": self.longest_stop(),
            "fingerprint": fingerprint,
        }
        since = time.time()
        # Read when the broker starts, and gone after that: nobody restores an old state by starting the unit again.
        replace_file(self.restore, "FLUX_DISTRIBUTE_RESTORE={}\n".format(*restore) if restore else "", 0o600)
        written = self.write_unit(self.unit, UNIT.format(**values))
        guard = GUARD_SERVICE.format(unit=self.unit, systemctl=systemctl)
        written = written and self.write_unit(self.name + "-guard.service", guard)
        written = written and self.write_unit(self.guard, GUARD_TIMER.format(seconds=self.longest_alone(is_lead)))
        self.code = None
        started = None
        if written:
            self.systemctl("daemon-reload")
            started = self.systemctl("start", "--no-block", self.unit)
        if started is None or started.returncode != 0:
            say("systemd can't start {}: {}".format(self.unit, why(started) if started else "it has no unit"))
            self.code = 1
            return
        self.begin(is_lead, since)
        self.wait_for_process()
        os.remove(self.restore)

    def longest_alone(self, is_lead):
        """Seconds for which a broker goes on without a supervisor."""
        return max(10, self.settings.leaseSeconds // 2) if is_lead else ALONE

    def longest_stop(self):
        """Seconds that the guard's stop may take: a lead's broker is gone before its Lease may be another's."""
        return max(5, self.settings.leaseSeconds // 2 - 20)

    def wait_for_process(self):
        end = time.monotonic() + LONGEST_ANSWER
        while time.monotonic() < end:
            state = self.look(at_once=True)
            if state.get("MainPID", "0") != "0" or state.get("ActiveState") in ("failed", "inactive"):
                return
            time.sleep(0.1)

    def begin(self, is_lead, since):
        self.is_ours, self.code = True, None
        self.end_guarding()
        self.released = threading.Event()
        given = (self.released, min(10, self.longest_alone(is_lead) / 6))
        self.guarding = threading.Thread(target=self.keep_guard, args=given, daemon=True)
        self.guarding.start()
        self.end_journal()
        words = ["journalctl", "--follow", "--no-tail", "--output=cat", "--unit=" + self.unit]
        self.journal = keep(words + ["--since=@{:.3f}".format(since)])

    def keep_guard(self, released, pause):
        """Sets the timer back for as long as the supervisor lives, whatever else it does meanwhile."""
        while not released.is_set():
            self.systemctl("restart", self.guard)
            released.wait(pause)

    def end_guarding(self):
        self.released.set()
        if self.guarding is not None:
            self.guarding.join(LONGEST_ANSWER)

    def end_journal(self):
        journal, self.journal = self.journal, None
        if journal is not None:
            end_kept(journal)

    def is_running(self):
        if not self.is_ours:
            return False
        if self.is_active():
            return True
        self.remember_code()
        return False

    def remember_code(self):
        if self.code is None:
            status = int(self.state.get("ExecMainStatus") or 0)
            # ExecMainCode is that of waitid(2): 2 and 3 for a signal. systemd forgets a unit that has ended well.
            self.code = 128 + status if self.state.get("ExecMainCode") in ("2", "3") else status

    def exit_code(self):
        return None if self.is_running() else self.code

    def terminate(self):
        self.systemctl("stop", "--no-block", self.unit)

    def end(self):
        """Kills what still runs of the unit, and forgets it."""
        self.end_guarding()
        if self.is_active(at_once=True):
            self.systemctl("kill", "--kill-who=all", "--signal=KILL", self.unit)
            self.systemctl("stop", self.unit)
            self.look(at_once=True)
        if self.is_ours:
            self.remember_code()
        self.systemctl("stop", self.guard)
        self.systemctl("reset-failed", self.unit)
        self.is_ours = False
        self.end_journal()

    def remove(self):
        """Takes the units from the node; nothing is done where there are none."""
        units = [self.unit, self.guard, self.name + "-guard.service"]
        paths = [self.path(unit) for unit in units]
        if run_on_node(["/bin/sh", "-c", 'test -e "$0"', paths[0]], timeout=LONGEST_ANSWER).returncode != 0:
            return
        self.make_room()
        run_on_node(["/bin/sh", "-c", 'rm -f "$@"', "sh", *paths], timeout=LONGEST_ANSWER)
        self.systemctl("daemon-reload")
