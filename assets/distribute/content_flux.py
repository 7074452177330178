"""The nodes as Flux has them: which there are, and work that is done on many of them at once by `flux exec`.

The programs for the nodes and what they are told travel on standard input, compressed, in one packet for all ranks; an
argument would show it to everybody on the node. Each node answers with lines of JSON.
"""
import json
import os
import re
import selectors
import signal
import subprocess
import threading
import time
import zlib

from distribute_hosts import decode_hosts, encode_ids
from distribute_node import run_on_node, spawn_on_node

HERE = os.path.dirname(os.path.abspath(__file__))
# Which content_node_*.py an action needs, in the order in which they build on one another.
PUT = ("base", "containerd", "folder", "target")
MODULES = {
    "status": PUT,
    "wanted": PUT,
    "clean": PUT + ("lead",),
    "receive": PUT + ("pieces",),
    "finish": PUT + ("pieces",),
    "source": PUT + ("download", "registry", "lead"),
    "offer": PUT + ("lead",),
    "withdraw": PUT + ("lead",),
}
START = """import json, sys, types, zlib
packet = json.loads(zlib.decompress(sys.stdin.buffer.read()).decode())
for name, text in packet["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name + ".py", "exec"), module.__dict__)
module.main(sys.argv[1], packet["request"])
"""
# A node says every 5 s that it is alive.
SILENT_SECONDS = float(os.environ.get("DISTRIBUTE_SILENT_SECONDS") or 60)
END_SECONDS = 5
ANSWER = re.compile(r"(\d+): (.*)", re.DOTALL)
REFUSAL = re.compile(r"flux-exec: Error: rank (\d+): (.*)")
UNREACHABLE = "its broker can't be reached any more"
# What the broker of this node says of everybody, while the one that it is connected to is away.
CUT_OFF = "Upstream Flux broker is offline"


class Moved(Exception):
    """The brokers have been restarted since, perhaps with other ranks."""


class LeadAway(Exception):
    """The lead's node gives no answer for now; what is known of that."""


class TooLate(Exception):
    """The time for all of it is over."""


class Fleet:
    def __init__(self, settings):
        self.settings = settings
        self.end = None
        self.epoch = None
        self.hosts = []

    def seconds_left(self):
        left = self.end - time.monotonic()
        if left <= 0:
            raise TooLate()
        return left

    def look(self):
        """The hosts by rank, and what tells this run of the brokers from others; None while there is no broker."""
        found = []
        for name in ("hostlist", "broker.starttime"):
            done = run_on_node([self.settings.flux, "getattr", name], timeout=20)
            if done.returncode != 0:
                return None
            found.append(done.stdout.strip())
        return found

    def learn(self):
        """Is there a broker? Then its hosts are known."""
        self.epoch = self.look()
        if self.epoch is None:
            return False
        try:
            self.hosts = decode_hosts(self.epoch[0])
        except ValueError:
            return False
        return True

    def need_same(self):
        if self.look() != self.epoch:
            raise Moved()

    def ask_lead(self, action, request):
        return self.ask(action, request, [0])[0]

    def ask(self, action, request, ranks):
        """The answers of the ranks: each has a problem, if there was one. Moved if that is why."""
        request = dict(request, seconds=self.seconds_left())
        words = [self.settings.flux, "exec", "--label-io", "--rank=" + encode_ids(ranks), self.settings.flux]
        words += ["python", "-c", START, action]
        call = Call(words, packet(action, request), ranks)
        answers = call.answers(self.end)
        if any("problem" in answer for answer in answers.values()):
            self.need_same()
        if any(CUT_OFF in answer.get("problem", "") for answer in answers.values()):
            raise LeadAway("the broker of this node has lost the one above it")
        return answers


def packet(action, request):
    modules = []
    for name in MODULES[action]:
        modules.append("content_node_" + name)
    texts = []
    for name in modules + ["content_node"]:
        with open(os.path.join(HERE, name + ".py"), encoding="utf-8") as file:
            texts.append((name, file.read()))
    return zlib.compress(json.dumps({"modules": texts, "request": request}).encode())


class Call:
    """One flux exec, and what has been heard of each rank."""

    def __init__(self, words, data, ranks):
        self.process = spawn_on_node(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        self.found = {}
        self.said = {}
        self.general = ""
        self.heard = dict.fromkeys(ranks, time.monotonic())
        threading.Thread(target=self.write, args=(data,), daemon=True).start()

    def write(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.close()
        except OSError:
            pass  # It has ended before: its answers tell.

    def answers(self, end):
        try:
            self.listen(end)
        finally:
            self.stop()
        for rank in self.heard:
            if rank not in self.found:
                text = self.said.get(rank) or self.general or "it gave no answer"
                self.found[rank] = {"problem": text, "lasting": False}
        return self.found

    def listen(self, end):
        streams = selectors.DefaultSelector()
        rest = {}
        for stream in (self.process.stdout, self.process.stderr):
            os.set_blocking(stream.fileno(), False)
            streams.register(stream, selectors.EVENT_READ)
            rest[stream] = b""
        while streams.get_map():
            for chosen, _ in streams.select(0.5):
                stream = chosen.fileobj
                data = stream.read(1 << 16)
                if not data:
                    streams.unregister(stream)
                *lines, rest[stream] = (rest[stream] + (data or b"")).split(b"\n")
                for line in lines:
                    self.hear(line.decode(errors="replace"))
            now = time.monotonic()
            waiting = [rank for rank in self.heard if rank not in self.found]
            if not waiting:
                return
            if now > end:
                raise TooLate()
            if all(now - self.heard[rank] > SILENT_SECONDS for rank in waiting):
                for rank in waiting:
                    self.said[rank] = "nothing was heard of it for {:.0f} s".format(SILENT_SECONDS)
                return

    def hear(self, line):
        refusal = REFUSAL.match(line)
        if refusal:
            is_away = "No route to host" in refusal.group(2) or "unreachable" in refusal.group(2)
            text = UNREACHABLE if is_away else refusal.group(2)
            self.found[int(refusal.group(1))] = {"problem": text, "lasting": False}
            return
        labelled = ANSWER.match(line)
        if not labelled or int(labelled.group(1)) not in self.heard:
            self.general = line.strip() or self.general
            return
        rank = int(labelled.group(1))
        self.heard[rank] = time.monotonic()
        try:
            told = json.loads(labelled.group(2))
        except ValueError:
            self.said[rank] = labelled.group(2).strip()
            return
        if isinstance(told, dict) and "answer" in told:
            self.found[rank] = told["answer"]

    def stop(self):
        """flux exec passes a SIGTERM on; what it started ends at the latest when it is gone."""
        for sign, seconds in ((None, END_SECONDS), (signal.SIGTERM, END_SECONDS), (signal.SIGKILL, END_SECONDS)):
            if sign is None and len(self.found) < len(self.heard):
                continue
            try:
                if sign is not None:
                    os.killpg(self.process.pid, sign)
                self.process.wait(seconds)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
