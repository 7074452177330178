"""Takes a copy of the queue's state on another node: sent through flux exec, and run there by flux python.

Arguments: the program flux, the name of the archive in Flux, the folder of the copies, the name of the file, its
SHA-256, how many copies to keep, and the seconds that it may take. Says `has SHA-256` when the copy is on the disk and
right.
Needs Python 3.6 and its standard library.
"""
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile


def main():
    flux, archive, folder, name, digest, kept, seconds = sys.argv[1:]
    os.umask(0o077)
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, name)
    if not is_right(target, digest):
        for left in glob.glob(os.path.join(glob.escape(folder), ".receive-*")):
            shutil.rmtree(left, ignore_errors=True)
        new = tempfile.mkdtemp(prefix=".receive-", dir=folder)
        try:
            extract(flux, archive, new, int(seconds))
            taken = os.path.join(new, name)
            if not is_right(taken, digest):
                sys.exit("what arrived is not what was sent")
            flush(taken)
            os.replace(taken, target)
            flush(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    # Copies are named so that the newest is the last; one of an earlier cluster may be newer by name, and goes first.
    others = glob.glob(os.path.join(glob.escape(folder), "state-*.tar"))
    older = sorted((path for path in others if path < target), reverse=True)
    for old in (older + [path for path in others if path > target])[int(kept) - 1 :]:
        os.remove(old)
    print("has " + digest)


def extract(flux, archive, folder, seconds):
    words = [flux, "archive", "extract", "--name=" + archive, "-C", folder]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        done = subprocess.run(words, timeout=seconds, **pipes)
    except subprocess.TimeoutExpired:
        sys.exit("it took longer than {} s".format(seconds))
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        sys.exit(lines[-1] if lines else "flux archive extract ended with exit code {}".format(done.returncode))


def is_right(path, digest):
    found = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                found.update(block)
    except FileNotFoundError:
        return False
    return found.hexdigest() == digest


def flush(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


try:
    main()
except OSError as problem:
    sys.exit("{}: {}".format(problem.filename or "the copy", problem.strerror))
