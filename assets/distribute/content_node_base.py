"""What all that ContentDistribution does on a node is built on. Sent to the node by flux exec: Python 3.6 is enough.

Of each content the node has a folder KEY below the folder of its distribution, for as long as something is under way:
    whole, manifest.json, piece-N   on the lead: what is sent, and the piece that is being sent
    part, have.json                 on the others: what has come so far, and which pieces of which manifest that is
    beside.json                     the target beside which something lies while it is put there: beside() says where
and beside them records/, where it says of which files the checksum has been seen.
"""
import errno
import fcntl
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time

BLOCK = 1 << 20
BESIDE = "beside.json"
ALIVE_SECONDS = 5
LOCK_SECONDS = 30
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# Folders for credentials of a registry, in memory where the node has that.
CREDENTIALS, CREDENTIALS_PREFIX = ("/dev/shm", "/run", "/tmp"), "flux-distribute-pull-"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Failure(Exception):
    """What a person reads, as one sentence; lasting if another try would end the same way, again if from the start."""

    def __init__(self, text, lasting=False, again=False):
        super().__init__(" ".join(str(text).split()))
        self.answer = {"problem": str(self), "lasting": lasting, "again": again}
        self.lasting = lasting


write_lock = threading.Lock()


def tell(what):
    with write_lock:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def keep_telling():
    """Lets the other end know that this node is still at work."""

    def talk():
        while True:
            time.sleep(ALIVE_SECONDS)
            tell({"alive": True})

    threading.Thread(target=talk, daemon=True).start()


def architecture():
    machine = os.uname().machine
    return ARCHITECTURES.get(machine, machine)


def make_folder(path):
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise Failure("can't make the folder {}: {}".format(path, error.strerror), lasting=True)


def beside(target, key):
    """What lies beside a target for a while begins so: .part of a file, .new and .old of a folder."""
    return os.path.join(os.path.dirname(target), ".{}.{}".format(os.path.basename(target)[:100], key))


def lock(folder, seconds=LOCK_SECONDS):
    """Only one at a time works on a content of a node; the lock ends with the process."""
    make_folder(folder)
    handle = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except OSError:
            if time.monotonic() > end:
                raise Failure("another run of the distribution is at work in {}".format(folder))
            time.sleep(0.1)


def read_json(path):
    """None for what isn't there, or was cut off."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def write_json(path, content):
    new = path + ".new"
    with open(new, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def remove(path):
    """A file or a folder, if it is there."""
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Failure("can't remove {}: {}".format(path, error.strerror))


def forget_credentials(key):
    """Also what a pull that was killed has left."""
    for folder in CREDENTIALS:
        for path in glob.glob("{}/{}{}-*".format(folder, CREDENTIALS_PREFIX, key)):
            shutil.rmtree(path, ignore_errors=True)


def remove_if_empty(folder):
    try:
        os.rmdir(folder)
    except OSError:
        pass  # Something is in it, or it isn't there.


def blocks(file, length):
    while length > 0:
        data = file.read(min(BLOCK, length))
        if not data:
            return
        length -= len(data)
        yield data


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for data in blocks(file, os.fstat(file.fileno()).st_size):
            digest.update(data)
    return digest.hexdigest()


def need_room(folder, size, what):
    """Looks first: a disk that runs full has the kubelet evict pods."""
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if free < size:
        raise no_room(folder, "{} needs {}, {} are free".format(what, megabytes(size), megabytes(free)))


def no_room(folder, detail):
    text = "there is too little room on the disk of {} ({}): make room on the node".format(folder, detail)
    return Failure(text, lasting=True)


def megabytes(size):
    return "{} MB".format(-(-size // 1000000))


def explain(error):
    """A failure of the operating system as one sentence."""
    where = " at {}".format(error.filename) if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_room(error.filename or "the node", error.strerror)
    return Failure("{}{}".format(error.strerror or error, where))


def run(words, seconds, environment=None):
    """Output and errors of a program that ends well; what it said otherwise."""
    variables = {"PATH": os.environ.get("PATH", SYSTEM_PATH), "HOME": "/root", "LANG": "C.UTF-8"}
    variables.update(environment or {})
    try:
        done = subprocess.run(
            words,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=seconds,
        )
    except OSError as error:
        raise Failure("can't start {}: {}".format(words[0], error.strerror), lasting=True)
    except subprocess.TimeoutExpired:
        raise Failure("{} took longer than {:.0f} s".format(" ".join(words[:2]), seconds))
    if done.returncode != 0:
        raise Failure(last_line(done.stderr) or "{} ended with exit code {}".format(words[0], done.returncode))
    return done.stdout.decode(errors="replace")


def last_line(output):
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:500] if lines else ""
