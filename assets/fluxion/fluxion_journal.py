"""What the controller must not forget: one JSON object a line, on disk before anything depends on it."""

import json
import os

from fluxion_pod import Failure

# Ended jobs that are still listed, and the size from which the journal is written anew.
MOST_ENDED, MOST_BYTES = 1000, 32 << 20


class Journal:
    def __init__(self, folder):
        self.path = os.path.join(folder, "journal")
        self.folder = folder
        self.file = None
        self.size = 0
        self.limit = MOST_BYTES

    def load(self):
        """All entries. The last one may be torn: then nothing has been done for it."""
        try:
            with open(self.path, "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Failure("can't read {}: {}".format(self.path, error.strerror))
        entries = []
        for number, line in enumerate(lines[:-1], 1):
            try:
                entries.append(json.loads(line.decode("utf-8")))
            except ValueError:
                words = "line {} of {} is broken: remove it when no job of the controller runs any more"
                raise Failure(words.format(number, self.path))
        return entries

    def rewrite(self, entries):
        """Replaces the journal by these entries."""
        new = self.path + ".new"
        data = b"".join(encode(entry) for entry in entries)
        try:
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                write_all(file, data)
                os.fsync(file)
                os.rename(new, self.path)
                flush_folder(self.folder)
            except OSError:
                os.close(file)
                raise
        except OSError as error:
            raise Failure("can't write {}: {}".format(new, error.strerror), 503)
        if self.file is not None:
            os.close(self.file)
        self.file = file
        self.size = len(data)
        self.limit = max(MOST_BYTES, 2 * self.size)

    def append(self, **entry):
        data = encode(entry)
        try:
            write_all(self.file, data)
            os.fsync(self.file)
        except OSError as error:
            # Half a line in the middle could not be read later.
            os.ftruncate(self.file, self.size)
            os.lseek(self.file, self.size, os.SEEK_SET)
            raise Failure("can't write {}: {}".format(self.path, error.strerror), 503)
        self.size += len(data)

    def is_large(self):
        return self.size > self.limit


def encode(entry):
    return json.dumps(entry, separators=(",", ":")).encode("utf-8") + b"\n"


def write_all(file, data):
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def flush_folder(folder):
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
