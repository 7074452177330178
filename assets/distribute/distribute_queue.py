"""The queue of the running instance, and the nodes that it gives to jobs."""
import os
import shlex
import subprocess
import tempfile

from distribute_flux import flux
from distribute_node import end_group, on_node, say, why

HERE = os.path.dirname(os.path.abspath(__file__))
# Begins the reason of each drain of ours: no other drain is undone.
OURS = "flux-distribute:"
# Seconds that drain.sh needs beside those that jobs get.
AROUND_DRAIN = 30


def queue_is_idle(settings):
    """Is no job pending, running or ending? False as well where nobody can say."""
    done = flux(settings, "jobs", "-A", "--no-header", "--filter=active", "--format={id}")
    return done.returncode == 0 and not done.stdout.strip()


def drain(settings, seconds):
    """Stops the queue, and gives running jobs so many seconds to end; True if they have.

    The queue starts again with the next broker: that it was stopped is not saved.
    """
    with tempfile.TemporaryDirectory(prefix="flux-distribute-") as folder:
        # The script runs here, since a node may have neither bash nor coreutils; flux does not.
        shim = os.path.join(folder, "flux")
        with open(shim, "w") as file:
            file.write('#!/bin/sh\nexec {} "$@"\n'.format(shlex.join(on_node([settings.in_directory("bin", "flux")]))))
        os.chmod(shim, 0o755)
        env = dict(os.environ, PATH="{}:{}".format(folder, os.environ.get("PATH", os.defpath)))
        env["MINICLUSTER_DRAIN"] = str(int(seconds))
        process = subprocess.Popen(
            ["/bin/bash", os.path.join(HERE, "drain.sh")],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            _, said = process.communicate(timeout=seconds + AROUND_DRAIN)
        except subprocess.TimeoutExpired:
            _, said = end_group(process)
            said += b"\nthe queue could not be stopped in time"
    for line in said.decode(errors="replace").splitlines():
        if line.strip():
            say(line.replace("minicluster: ", "", 1))
    return process.returncode == 0


def drain_node(settings, host, reason):
    """Lets no further job start on a node; True if so. A drain that somebody else has made stays theirs."""
    done = flux(settings, "resource", "drain", "--update", host, OURS, *reason.split())
    if done.returncode != 0:
        say("{} can't be drained ({}): jobs may still start there".format(host, why(done)))
    return done.returncode == 0


def undrain_own(settings, host):
    """Gives a node back to jobs that drain_node took from them; True if so, False if there was nothing to undo.

    None where Flux gave no answer: it may be drained still, and is worth another try.
    """
    listed = flux(settings, "resource", "drain", "--no-header", "--include=" + host, "--format={reason}")
    if listed.returncode != 0:
        return None
    if not listed.stdout.strip().startswith(OURS):
        return False
    done = flux(settings, "resource", "undrain", host)
    if done.returncode != 0:
        say("{} is still drained ({}): if that lasts, undrain it with flux resource undrain".format(host, why(done)))
        return None
    return True


def jobs_on_node(settings, host):
    """How many jobs run or end on a node; None where nobody can say."""
    done = flux(settings, "jobs", "-A", "--no-header", "--filter=running", "--include=" + host, "--format={id}")
    return len(done.stdout.split()) if done.returncode == 0 else None
