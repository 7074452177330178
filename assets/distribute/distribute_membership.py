"""The one ConfigMap as it is now: the document that all brokers follow, the lists of packages, the kinds of nodes."""
import json
import re
import threading
import time

from distribute_api import ApiError, Line, Pauses, watch_on
from distribute_document import ENVIRONMENT, KEY, parse
from distribute_hosts import decode_ids
from distribute_lease import clock, explain
from distribute_node import say

KINDS = "kinds.json"
PACKAGES = re.compile(r"packages-({})-(amd64|arm64)".format(ENVIRONMENT.pattern))
# Seconds for which what was seen last needs no second look.
FRESH_SECONDS = 10


class Membership:
    """Watches the ConfigMap in a thread. What is there stays in use when the API is away or content is broken."""

    def __init__(self, api, wake):
        self.api, self.wake = api, wake
        self.lock = threading.Lock()
        self.document = None  # the last good one
        self.is_intact = True  # is it what the ConfigMap has?
        self.text, self.seen_at = None, None  # of the ConfigMap's document; when the ConfigMap was last looked at
        self.data, self.version = {}, None
        self.problem = ""

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        pauses = Pauses()
        while True:
            try:
                self.follow(pauses)
            except ApiError as error:
                # 410: the watch was away for so long that it has to begin anew.
                if error.code != 410:
                    self.report(error)
            except Exception as error:  # Whatever is in the ConfigMap: the next one may be better.
                self.report(error)
            time.sleep(pauses.next())

    def follow(self, pauses):
        found, version = self.api.list_config_map()
        if found is None:
            raise ApiError(404, "no such ConfigMap")
        self.version, self.problem = None, ""
        self.accept(found)
        for kind, thing in watch_on(self.api.watch_config_map, version, Line(), pauses):
            if kind in ("ADDED", "MODIFIED"):
                self.accept(thing)
            elif kind == "DELETED":
                raise ApiError(404, "the ConfigMap was deleted")

    def report(self, error):
        problem = str(getattr(error, "code", error))
        if problem != self.problem:
            words = "the ConfigMap {} can't be watched ({}): the broker stays as it is, and this is tried again"
            say(words.format(self.api.config_map_name, explain(error)))
        self.problem = problem

    def refresh(self, is_forced=False):
        """Looks at the ConfigMap itself, unless that was done just now; False if the API is away."""
        if not is_forced and self.seen_at is not None and clock() < self.seen_at + FRESH_SECONDS:
            return True
        try:
            self.accept(self.api.get_config_map())
            return True
        except ApiError:
            return False

    def accept(self, thing):
        """Takes over what the ConfigMap is now."""
        with self.lock:
            version = (thing.get("metadata") or {}).get("resourceVersion")
            if is_older(version, self.version):
                return
            self.data, self.version, self.seen_at = thing.get("data") or {}, version, clock()
            self.read_document(self.data.get(KEY) or "")
        self.wake()

    def read_document(self, text):
        if text == self.text:
            return
        self.text = text
        if not text:
            self.is_intact = self.document is None
            return
        try:
            document = parse(text)
        except ValueError as error:
            self.is_intact = False
            words = "{} in the ConfigMap {} is not what flux-distribute writes ({}): {}"
            rest = "the last one that was right stays in use" if self.document else "a new one is made"
            say(words.format(KEY, self.api.config_map_name, error, rest))
            return
        self.document, self.is_intact = document, True

    def kinds(self):
        """What nodes of a kind have: {kind: {cores, gpus}}."""
        try:
            found = json.loads(self.data.get(KINDS) or "{}")
            return {kind: entry for kind, entry in found.items() if is_kind(entry)}
        except (ValueError, AttributeError):
            return {}

    def packages(self, environment, architecture):
        """The list of packages of an environment; None as long as there is none."""
        return self.data.get(package_key(environment, architecture)) or None

    def environments(self, architecture):
        """Those for which there is a list of packages."""
        found = [PACKAGES.fullmatch(key) for key in self.data]
        return [match.group(1) for match in found if match and match.group(match.lastindex) == architecture]

    def write(self, data):
        """Sets keys (None removes one) if nobody else has changed the ConfigMap since; ApiError 409 otherwise."""
        try:
            self.accept(self.api.patch_config_map(data, self.version))
        except ApiError as error:
            if error.code == 409:
                self.accept(self.api.get_config_map())
            raise


def package_key(environment, architecture):
    return "packages-{}-{}".format(environment, architecture)


def is_older(version, than):
    """Is it known that one resourceVersion came before another? They are numbers, if not by contract."""
    versions = [str(text or "") for text in (version, than)]
    return all(text.isdigit() for text in versions) and int(versions[0]) < int(versions[1])


def is_kind(entry):
    try:
        decode_ids(entry["gpus"])
        return bool(decode_ids(entry["cores"]))
    except (TypeError, KeyError, ValueError, AttributeError):
        return False
