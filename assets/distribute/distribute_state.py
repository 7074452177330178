"""Copies of the queue's state: made by the lead's node, checked, and carried to other nodes or onto a shared volume.

A copy is a dump of Flux, state-GENERATION-SEQUENCE.tar below copies/ in the state directory. It gets its name when it
is whole and on the disk; whatever happens meanwhile, the one before stays.
"""
import hashlib
import os
import re
import shutil
import tarfile

from distribute_flux import flux
from distribute_node import say, why

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = re.compile(r"state-(\d{6,})-(\d{8,})\.tar")
KEPT = 2
# Seconds: for a dump, and for a copy to reach the other nodes.
LONGEST_DUMP, LONGEST_COPY = 600, 120
BLOCK = 1 << 20


def copies(settings):
    return settings.in_state("copies")


def archive_name(settings):
    """Name of what carries a copy through Flux's tree."""
    return "flux-distribute-{}-state".format(settings.name)


def dump(settings, generation):
    """Saves the state of the running instance: (generation, sequence, path), or None after a sentence."""
    folder = copies(settings)
    new = None
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        sequence = 1 + max([found[1] for found in all_copies(settings)] or [0])
        path = os.path.join(folder, "state-{:06d}-{:08d}.tar".format(generation, sequence))
        remove_unfinished(folder)
        new = os.path.join(folder, ".new-" + os.path.basename(path))
        # Flux writes into a file that is there, whose mode stays as it is: it holds the environments of jobs.
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        done = flux(settings, "dump", "--quiet", new, timeout=LONGEST_DUMP)
        problem = why(done) if done.returncode != 0 else None if is_whole(new) else "it is not whole"
        if problem is None:
            place(new, path)
            publish(settings, path)
            return generation, sequence, path
    except OSError as error:
        problem = error.strerror or str(error)
    remove(new)
    say("the state of the queue could not be saved ({}): the copy before it stays".format(problem))
    return None


def publish(settings, path):
    """Puts a copy onto the shared volume as well, if there is one."""
    folder = settings.stateVolume
    if not folder:
        return
    new = os.path.join(folder, ".new-" + os.path.basename(path))
    try:
        os.makedirs(folder, exist_ok=True)
        remove_unfinished(folder)
        copy_file(path, new)
        if digest_of(new) != digest_of(path):
            raise OSError("what was written can't be read back")
        place(new, os.path.join(folder, os.path.basename(path)))
    except OSError as error:
        remove(new)
        problem = error.strerror or str(error)
        say("the state could not be saved on the volume ({}): the copy before it stays there".format(problem))


def newest_copy(settings, known=None):
    """The newest whole copy that this node can restore: (generation, sequence, path), or None.

    The (generation, sequence) that is known to be the newest counts before all others, and what is newer by its name
    counts last: an earlier cluster of this name may have left copies.
    """
    for generation, sequence, path in sorted(all_copies(settings), key=newest_first(known)):
        try:
            if not is_whole(path):
                say("{} is not whole: it is not restored".format(path))
                continue
            return generation, sequence, bring(settings, path)
        except OSError as error:
            say("{} can't be read ({}): it is not restored".format(path, error.strerror or error))
    return None


def all_copies(settings):
    """All that this node could restore, whole or not."""
    return listed(copies(settings)) + listed_volume(settings)


def newest_first(known):
    """Orders copies, where a (generation, sequence) is known to be the newest.

    Of those that are newer by name, the one of the nearest generation may just not have become known yet.
    """
    known = tuple(known or ())

    def key(copy):
        generation, sequence = copy[:2]
        is_of_before = bool(known) and (generation, sequence) > known
        rank = generation if is_of_before else -generation
        return (generation, sequence) != known, is_of_before, rank, -sequence

    return key


def bring(settings, path):
    """Flux runs on the node, where there is no volume of the pod's."""
    here = os.path.join(copies(settings), os.path.basename(path))
    if here != path and not (os.path.exists(here) and digest_of(here) == digest_of(path)):
        os.makedirs(copies(settings), mode=0o700, exist_ok=True)
        new = os.path.join(copies(settings), ".new-" + os.path.basename(path))
        copy_file(path, new)
        place(new, here)
    return here


def copy_to(settings, ranks, copy=None):
    """Carries a copy, or the newest one, to these ranks {rank: host}; the hosts that have it and have checked it."""
    copy = copy or newest_copy(settings)
    if copy is None or not ranks:
        return []
    path = copy[2]
    name = archive_name(settings)
    where = ",".join(str(rank) for rank in sorted(ranks))
    try:
        digest = digest_of(path)
        with open(os.path.join(HERE, "distribute_receive.py"), encoding="utf-8") as file:
            program = file.read()
    except OSError as error:
        say("{} can't be copied to other nodes: {}".format(path, error.strerror))
        return []
    flux(settings, "archive", "remove", "--force", "--name=" + name)
    # Mapped, not stored: else each copy would become a part of the state that the next one holds.
    folder, file_name = os.path.split(path)
    words = ["archive", "create", "--mmap", "--name=" + name, "-C", folder, file_name]
    made = flux(settings, *words, timeout=LONGEST_COPY)
    try:
        if made.returncode != 0:
            say("{} can't be copied to other nodes: {}".format(path, why(made)))
            return []
        program_flux = settings.in_directory("bin", "flux")
        receive = [program_flux, "python", "-", program_flux, name, folder, file_name, digest]
        words = ["exec", "--label-io", "--rank=" + where, *receive, str(KEPT), str(LONGEST_COPY - 10)]
        done = flux(settings, *words, input=program, timeout=LONGEST_COPY)
    finally:
        flux(settings, "archive", "remove", "--force", "--name=" + name)
        # The cache would go on to point into this file, which is removed some day: a later copy that shares blocks
        # with it would not arrive.
        flux(settings, "content", "dropcache")
    return confirmed(ranks, digest, done)


def confirmed(ranks, digest, done):
    """The hosts that said what they have; a sentence for each of the others."""
    right = set(re.findall(r"^(\d+): has {}$".format(digest), done.stdout, re.MULTILINE))
    hosts = []
    for rank, host in sorted(ranks.items()):
        if str(rank) in right:
            hosts.append(host)
            continue
        # What the program said there, or flux exec of this rank.
        said = re.findall(r"^(?:.* rank )?{}: (.*)$".format(rank), done.stderr, re.MULTILINE)
        problem = said[-1] if said else why(done)
        say("{} has no copy of the newest state ({})".format(host, problem))
    return hosts


def listed(folder):
    """All copies in a folder, whole or not."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    matches = [match for match in map(NAME.fullmatch, names) if match]
    return [(int(match.group(1)), int(match.group(2)), os.path.join(folder, match.group(0))) for match in matches]


def listed_volume(settings):
    try:
        return listed(settings.stateVolume) if settings.stateVolume else []
    except OSError as error:
        say("the volume of the state can't be read: {}".format(error.strerror))
        return []


def is_whole(path):
    """Can it be read to its end? Flux itself restores a part of a dump without a word."""
    try:
        with tarfile.open(path, "r:") as archive:
            members = sum(1 for _ in archive)
            # One that is cut off between two files looks whole but for the empty block at its end.
            archive.fileobj.seek(archive.offset)
            return members > 0 and archive.fileobj.read(512) == bytes(512)
    except (tarfile.TarError, EOFError, ValueError):
        return False


def place(new, path):
    """Gives a whole file its name, on the disk, and removes copies that are older than those to be kept."""
    flush(new)
    os.replace(new, path)
    folder = os.path.dirname(path)
    flush(folder)
    # Those of an earlier cluster of this name may be newer by name: they go first.
    placed = tuple(int(number) for number in NAME.fullmatch(os.path.basename(path)).groups())
    for _, _, old in sorted(listed(folder), key=newest_first(placed))[KEPT:]:
        remove(old)


def flush(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy_file(source, target):
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(source, "rb") as given, open(handle, "wb") as taken:
        shutil.copyfileobj(given, taken, BLOCK)


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def remove_unfinished(folder):
    for name in os.listdir(folder):
        if name.startswith(".new-state-"):
            remove(os.path.join(folder, name))


def remove(path):
    try:
        if path is not None:
            os.remove(path)
    except OSError:
        pass
