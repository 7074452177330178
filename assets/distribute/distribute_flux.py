"""Flux on this node: files that are replaced as a whole, the wrappers that people and programs use, and calls of them.

`bin/flux` in the folder of the installation is flux, connected to this node's broker; `flux-connect` beside it is a
shell there, or runs a command there. Both need no more than /bin/sh on the node. They are not in the run directory:
many systems mount /run noexec, and run nothing from there.
"""
import os
import shlex
import stat

from distribute_node import NOT_EXECUTABLE, PATH, run_on_node, say, why

WRAPPER = """#!/bin/sh
# Made by flux-distribute: flux, connected to the broker of this node.
PATH={path} FLUX_URI={uri}
export PATH FLUX_URI
exec {flux} "$@"
"""

CONNECT = """#!/bin/sh
# Made by flux-distribute: a shell that is connected to the broker of this node, or a command that is.
PATH={path} FLUX_URI={uri}
export PATH FLUX_URI
if ! [ -S {socket} ]; then
  echo "flux-distribute: no broker runs on this node now: see the log of the pod" >&2
  exit 1
fi
[ $# -eq 0 ] || exec "$@"
if [ -z "${{SHELL:-}}" ] || ! [ -x "$SHELL" ]; then
  SHELL=/bin/sh
  ! [ -x /bin/bash ] || SHELL=/bin/bash
fi
export SHELL
exec {flux} proxy "$FLUX_URI"
"""

# Wrappers of which was said that they can't be executed.
told = set()


def socket_of(settings):
    return settings.in_run("local")


def uri_of(settings):
    return "local://" + socket_of(settings)


def replace_file(path, content, mode=0o644):
    """Makes the file what it is to be, at once and for good; False if it was so already."""
    content = content.encode() if isinstance(content, str) else content
    try:
        with open(path, "rb") as file:
            if file.read() == content and stat.S_IMODE(os.fstat(file.fileno()).st_mode) == mode:
                return False
    except OSError:
        pass
    new = path + ".new"
    try:
        os.remove(new)
    except FileNotFoundError:
        pass
    # Nobody else may read a key, not even for a moment.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    return True


def write_wrappers(settings, prefix):
    words = {
        "path": shlex.quote("{}/bin:{}".format(prefix, PATH)),
        "uri": shlex.quote(uri_of(settings)),
        "socket": shlex.quote(socket_of(settings)),
        "flux": shlex.quote(prefix + "/bin/flux"),
    }
    os.makedirs(settings.in_directory("bin"), mode=0o755, exist_ok=True)
    replace_file(settings.in_directory("bin", "flux"), WRAPPER.format(**words), 0o755)
    replace_file(settings.in_directory("bin", "flux-connect"), CONNECT.format(**words), 0o755)


def flux(settings, *arguments, timeout=30, input=None):
    """Runs a command of flux, connected to the broker of this node."""
    path = settings.in_directory("bin", "flux")
    done = run_on_node([path, *arguments], timeout=timeout, input=input)
    # What flux exec ends with is that of a program on some node.
    if done.returncode == NOT_EXECUTABLE and arguments[0] != "exec" and path not in told:
        told.add(path)
        words = "{} can't be executed on this node ({}): set directories on a file system that is not mounted noexec"
        say(words.format(path, why(done)))
    return done
