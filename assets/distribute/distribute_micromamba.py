"""micromamba: its program, what it finds in a channel, and what it installs.

It runs in the pod, without any configuration but what is given here, and ends with this process at the latest.
"""
import errno
import json
import os
import subprocess
import sys
import tempfile
import time

from distribute_download import download, rest
from distribute_node import PATH, say
from distribute_packages import architecture, list_of_answer, platform_of

KEEPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "distribute_keeper.py")
# Seconds for one try, and how often; packages that have come stay for the next one.
RESOLVE_SECONDS, CREATE_SECONDS = 600, 1200
TRIES = 3
FIRST_PAUSE = 5.0
# What packages are to fit: no node newer than this is asked for, whatever the one that asks is like.
OLDEST_GLIBC, OLDEST_LINUX = "2.28", "4.18"


class MicromambaError(Exception):
    """What a person reads, as one sentence."""


class DiskFull(OSError):
    def __init__(self):
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC))


def program(settings, tick=None):
    """The path of micromamba for this node, downloaded if it isn't there."""
    pinned = settings.flux["micromamba"]
    here = pinned.get(architecture())
    if not here:
        raise MicromambaError("the settings name no micromamba for {} nodes".format(architecture()))
    path = settings.in_directory("bin", "micromamba-" + pinned["version"])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.access(path, os.X_OK):
        download(here["url"], path, here["sha256"], settings.proxy, tick)
        os.chmod(path, 0o755)
        for name in os.listdir(os.path.dirname(path)):
            other = os.path.join(os.path.dirname(path), name)
            if name.startswith("micromamba-") and other != path:
                os.remove(other)
    return path


def resolve(settings, wanted, tick=None):
    """The list of all packages that an environment for this architecture has."""
    flux, platform = settings.flux, platform_of(wanted)
    asked = " ".join(flux["packages"])
    with scratch(settings) as folder:
        words = ["--dry-run", "--json", "--platform", platform, "--strict-channel-priority"]
        words += ["--override-channels", "--channel", flux["channel"]]
        words += ["--prefix", os.path.join(folder, "envs", "none")]
        variables = {
            "CONDA_OVERRIDE_GLIBC": OLDEST_GLIBC,
            "CONDA_OVERRIDE_LINUX": OLDEST_LINUX,
            "CONDA_OVERRIDE_ARCHSPEC": "x86_64" if wanted == "amd64" else "aarch64",
            "CONDA_OVERRIDE_CUDA": "",
        }
        command = [program(settings, tick), "create", "--yes", "--no-rc", "--root-prefix", folder]
        doing = "find {} for {} in {}".format(asked, platform, flux["channel"])
        variables = environment(settings, folder, os.path.join(folder, "pkgs"), variables)
        output = insist(command + words + list(flux["packages"]), variables, RESOLVE_SECONDS, doing, tick)
    return list_of_answer(output, flux["channel"], platform)


def create(settings, prefix, list_text, tick=None):
    """Installs what the list says at the prefix, which must not be there yet."""
    with scratch(settings) as folder:
        path = os.path.join(folder, "packages.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(list_text)
        command = [program(settings, tick), "create", "--yes", "--no-rc", "--root-prefix", settings.directory]
        command += ["--prefix", prefix, "--override-channels", "--channel", settings.flux["channel"], "--file", path]
        # They lie beside the environments, to be linked into them.
        variables = environment(settings, folder, settings.in_directory("pkgs"))
        insist(command, variables, CREATE_SECONDS, "install packages", tick)


def scratch(settings):
    return tempfile.TemporaryDirectory(prefix=".scratch-", dir=settings.directory)


def environment(settings, home, pkgs, variables=None):
    """All variables that micromamba sees. Its home is a folder for once: it would keep lists there."""
    given = {"PATH": PATH, "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"}
    given.update({"CONDA_PKGS_DIRS": pkgs, "MAMBA_REMOTE_MAX_RETRIES": "5"})
    for name in ("http", "https", "no"):
        if settings.proxy.get(name):
            given[name + "_proxy"] = settings.proxy[name]
    bundle = os.environ.get("SSL_CERT_FILE")
    if bundle:
        given["SSL_CERT_FILE"] = given["REQUESTS_CA_BUNDLE"] = bundle
    given.update(variables or {})
    return given


def insist(command, variables, seconds, doing, tick):
    """Runs micromamba, again after errors that may pass; what it wrote."""
    pause = FIRST_PAUSE
    for attempt in range(1, TRIES + 1):
        code, output, errors = run(command, variables, seconds, tick)
        if code == 0:
            return output
        problem, may_pass = problem_of(code, output, errors, seconds)
        if "No space left on device" in output + errors or "Disk quota exceeded" in output + errors:
            raise DiskFull()
        if not may_pass or attempt == TRIES:
            raise MicromambaError("can't {}: {}".format(doing, problem))
        say("can't {} ({}): trying again in {:.0f} s".format(doing, problem, pause))
        rest(pause, tick)
        pause *= 3


def problem_of(code, output, errors, seconds):
    """Why it failed, and whether another try is worth it."""
    if code is None:
        return "it took longer than {} s".format(seconds), True
    try:
        problems = json.loads(output[output.index("{") :]).get("solver_problems")
    except (ValueError, AttributeError):
        problems = None
    if problems:
        told = "; ".join(map(str, problems))[:400]
        return "the channel has no such packages that go together ({})".format(told), False
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("critical", "error"))] or lines
    return " ".join(told[-1].split())[:400] if told else "exit code {}".format(code), True


def run(command, variables, seconds, tick):
    """Exit code (None if it took too long), what was written, and what was complained of."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # The keeper ends it, and the programs that it starts, when this process ends in whatever way.
        process = subprocess.Popen(
            [sys.executable, KEEPER] + command, stdin=subprocess.PIPE, stdout=output, stderr=errors, env=variables
        )
        code, end = None, time.monotonic() + seconds
        try:
            while code is None and time.monotonic() < end:
                if tick:
                    tick()
                try:
                    code = process.wait(1)
                except subprocess.TimeoutExpired:
                    pass
        finally:
            process.stdin.close()
            process.wait()
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return code, texts[0], texts[1]
