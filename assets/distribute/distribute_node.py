"""Programs that run on the node, out of the pod of flux-distribute, and what is said about them.

The pod shares the node's process numbers (hostPID), so that the node's first process names the namespaces to enter. The
cgroup stays that of the pod: what is started here is counted by the kubelet and ends with the pod at the latest.

DISTRIBUTE_NSENTER  words that stand in front of a program instead, quoted as for a shell; may be empty
"""
import os
import shlex
import signal
import subprocess
import sys

# Without the fork the program is the very process that was started: its exit code and signals are its own.
ENTER = "nsenter --target 1 --mount --uts --ipc --net --pid --no-fork --"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Exit code of a program that took too long, as timeout(1) has it, and of one that can't be executed or isn't there, as
# shells have it.
TOO_LONG, NOT_EXECUTABLE, NOT_FOUND = 124, 126, 127


def say(text):
    # Names and what programs say may hold line breaks: what is said is one line all the same.
    print("flux-distribute: " + " ".join(str(text).split()), file=sys.stderr, flush=True)


def die(text):
    say(text)
    sys.exit(1)


def assignments(env=None):
    """All variables that a program on the node gets, as NAME=value."""
    # Of a shell whose input is a socket bash thinks that somebody has logged in, unless it is not the first one: it
    # would read what root has in .bashrc.
    variables = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "SHLVL": "1"}
    variables.update(env or {})
    return ["{}={}".format(name, value) for name, value in sorted(variables.items())]


def on_node(argv, env=None):
    """The words that run a program on the node, with this environment and no other."""
    prefix = shlex.split(os.environ.get("DISTRIBUTE_NSENTER", ENTER))
    return prefix + ["/usr/bin/env", "-i"] + assignments(env) + list(argv)


def spawn_on_node(argv, env=None, **options):
    """A program that goes on beside this one, as subprocess.Popen has it; it has no input unless stdin is given."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(on_node(argv, env), **options)


def run_on_node(argv, env=None, input=None, timeout=60):
    """Runs a program to its end: returncode, stdout and stderr as text. Never raises for what the program does.

    What takes longer than the timeout is killed, with all that it started in its process group.
    """
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    pipes["stdin"] = subprocess.DEVNULL if input is None else subprocess.PIPE
    words = on_node(argv, env)
    try:
        process = subprocess.Popen(words, start_new_session=True, **pipes)
    except OSError as error:
        problem = "can't start {}: {}".format(words[0], error.strerror)
        return subprocess.CompletedProcess(argv, NOT_FOUND, "", problem)
    given = input.encode() if isinstance(input, str) else input
    code = None
    try:
        stdout, stderr = process.communicate(given, timeout)
    except subprocess.TimeoutExpired:
        code = TOO_LONG
        stdout, stderr = end_group(process)
        stderr += "\nit took longer than {} s".format(timeout).encode()
    except BaseException:
        end_group(process)
        raise
    code = process.returncode if code is None else code
    texts = [(text or b"").decode(errors="replace") for text in (stdout, stderr)]
    return subprocess.CompletedProcess(argv, code, *texts)


def end_group(process):
    """Kills a process that leads its group; what it has written, as far as nobody else holds its pipes."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        return process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        return b"", b""


def why(done):
    """One line about a program that failed: the last one that it wrote, or its exit code."""
    lines = [line for line in (done.stderr or "").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "exit code {}".format(done.returncode)
