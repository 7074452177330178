#!/usr/bin/env python3
"""Installs Flux at /opt/flux, whole or not at all: boot_flux.py MICROMAMBA

Which packages exactly is said by the lock of cluster.json, or else by rank 0: it asks the channel once, and puts the
list into the parameter `packages`, which all others wait for. In an image the channel is asked, and what the image has
is kept as long as it is what cluster.json asks for.
"""
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import boot_settings
import boot_state
from aws_api import AwsError, Node
from boot_packages import (
    PackagesError,
    checked,
    digest,
    explicit,
    file_of,
    of_answer,
    pack,
    satisfies,
    unpack,
)

PREFIX = "/opt/flux"
MARK = os.path.join(PREFIX, ".flux-usernetes.json")
NEEDED_BYTES = int(float(os.environ.get("FLUX_USERNETES_ROOM") or 3 * 2**30))
# Seconds: between two looks at the parameter, for one try of micromamba, and before the next one.
LOOK = float(os.environ.get("FLUX_USERNETES_LOOK") or 10)
PAUSE = float(os.environ.get("FLUX_USERNETES_PAUSE") or 10)
LONGEST_TRY, TRIES = 600, 3
# What rank 0 has in the parameter as long as there is no list.
NONE_YET = "-"


class FluxError(Exception):
    """What a person reads, as one sentence."""


def say(text):
    print(text, flush=True)


class Installation:
    def __init__(self, given, micromamba):
        self.given, self.flux, self.micromamba = given, given["flux"], micromamba
        self.channel = self.flux["channel"]
        self.platform = boot_settings.PLATFORMS[boot_settings.architecture()]
        self.is_image = bool(os.environ.get("FLUX_USERNETES_IMAGE"))
        self.parameter = given.get("parameters", "") + "/packages"
        # The step ends a little before it would be ended.
        self.end = time.monotonic() + given["limits"].get("step", 900) * 0.9

    @property
    def request(self):
        asked = [self.flux.get("packages"), self.channel, self.platform]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    def run(self):
        mark = read_mark()
        lock = (self.flux.get("lock") or {}).get(self.platform)
        if lock:
            packages = checked(lock, self.channel, self.platform)
        elif mark.get("request") == self.request:
            # It is there already: that of the image, or of a boot that was broken off later.
            packages = mark["packages"]
            self.publish_if_lead(packages)
        elif self.is_image:
            packages = self.resolve()
        else:
            packages = self.agreed()
        if mark.get("digest") == digest(packages):
            say("Flux is at {} with these {} packages".format(PREFIX, len(packages)))
            return
        self.install(packages)

    # ---- which packages ----

    def agreed(self):
        """The list that all nodes of the cluster install."""
        rank = boot_state.rank_of_node()
        found = self.published()
        if found is None and rank == 0:
            found = self.resolve()
            Node().put_parameter(self.parameter, pack(found))
            say("the list of {} packages is in the parameter {}".format(len(found), self.parameter))
        while found is None:
            if time.monotonic() > self.end:
                raise FluxError(
                    "rank 0 ({}-0) has not put the list of packages into the parameter {}: look there why".format(
                        self.given["cluster"], self.parameter
                    )
                )
            time.sleep(LOOK * random.uniform(0.8, 1.2))
            found = self.published()
        return found

    def published(self):
        """The list of the parameter, None if it isn't there yet, or is that of another version of Flux."""
        try:
            text = Node().parameter(self.parameter)
        except AwsError as problem:
            if problem.is_refused:
                raise
            say(problem)
            return None
        if text.strip() in ("", NONE_YET):
            return None
        try:
            packages = checked(unpack(text), self.channel, self.platform)
        except PackagesError as problem:
            # Of another channel or architecture, for instance: rank 0 makes it anew.
            say(problem)
            return None
        return packages if satisfies(packages, self.flux["packages"]) else None

    def publish_if_lead(self, packages):
        if self.is_image or boot_state.rank_of_node() != 0:
            return
        try:
            if self.published() is None:
                Node().put_parameter(self.parameter, pack(packages))
        except (AwsError, PackagesError) as problem:
            say("{}: nodes without Flux in their image will wait for it in vain".format(problem))

    def resolve(self):
        """Asks the channel, once for all nodes."""
        words = ["--dry-run", "--json", "--platform", self.platform, "--strict-channel-priority"]
        words += ["--override-channels", "--channel", self.channel] + self.flux["packages"]
        doing = "find {} in {}".format(" ".join(self.flux["packages"]), self.channel)
        with scratch() as folder:
            output = self.insist(["--prefix", folder + "/none"] + words, folder, doing)
        return checked(of_answer(output), self.channel, self.platform)

    # ---- installation ----

    def install(self, packages):
        remove_prefix()
        need_room()
        say("installing {} packages to {}".format(len(packages), PREFIX))
        started = time.monotonic()
        with scratch() as folder:
            path = os.path.join(folder, "packages.txt")
            with open(path, "w", encoding="utf-8") as file:
                file.write(explicit(packages))
            words = ["--prefix", PREFIX, "--override-channels", "--channel", self.channel, "--file", path]
            try:
                self.insist(words, folder, "install Flux from {}".format(self.channel))
                self.verify(packages)
            except BaseException:
                remove_prefix()
                raise
        write_mark({"request": self.request, "digest": digest(packages), "packages": packages})
        say("Flux is installed, after {:.0f} s".format(time.monotonic() - started))

    def verify(self, packages):
        """micromamba has gone on after failed downloads before."""
        for package in packages:
            name = file_of(package)
            for ending in (".conda", ".tar.bz2"):
                name = name[: -len(ending)] if name.endswith(ending) else name
            if not os.path.exists(os.path.join(PREFIX, "conda-meta", name + ".json")):
                raise FluxError("micromamba has left out {}".format(file_of(package)))
        program = os.path.join(PREFIX, "bin", "flux")
        try:
            done = subprocess.run([program, "version"], capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise FluxError("{} can't be run ({})".format(program, problem)) from None
        if done.returncode != 0:
            raise FluxError("{} fails: {}".format(program, last_line(done.stderr, done.returncode)))

    # ---- micromamba ----

    def insist(self, words, folder, doing):
        """Runs micromamba, again after errors that may pass; what it wrote."""
        command = [self.micromamba, "create", "--yes", "--no-rc", "--root-prefix", folder] + words
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}
        env.update({"CONDA_PKGS_DIRS": os.path.join(folder, "pkgs"), "MAMBA_REMOTE_MAX_RETRIES": "5"})
        for name in ("http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE"):
            if os.environ.get(name):
                env[name] = os.environ[name]
        pause = PAUSE
        for number in range(1, TRIES + 1):
            try:
                options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
                done = subprocess.run(command, env=env, timeout=LONGEST_TRY, **options)
                told = done.stderr + done.stdout
                if done.returncode == 0:
                    return done.stdout
                problem = problem_of(done)
            except subprocess.TimeoutExpired:
                told, problem = "", "it took longer than {} s".format(LONGEST_TRY)
            if "No space left on device" in told:
                raise FluxError(full_disk())
            if "solver_problems" in told:
                number = TRIES
            if number == TRIES or time.monotonic() + pause > self.end:
                raise FluxError("can't {}, tried {} times: {}".format(doing, number, problem))
            say("can't {} ({}): trying again in {:.0f} s".format(doing, problem, pause))
            if PREFIX in words:
                remove_prefix()
            time.sleep(pause)
            pause *= 3


def problem_of(done):
    try:
        problems = json.loads(done.stdout[done.stdout.index("{") :]).get("solver_problems")
        if problems:
            return "the channel has no such packages that go together ({})".format("; ".join(map(str, problems))[:300])
    except (ValueError, AttributeError):
        pass
    return last_line(done.stderr, done.returncode)


def last_line(errors, code):
    lines = [" ".join(line.split()) for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("critical", "error"))] or lines
    return told[-1][:300] if told else "exit code {}".format(code)


def scratch():
    # On the disk that the packages end on: they are linked, not copied.
    return tempfile.TemporaryDirectory(prefix=".flux-usernetes-", dir=os.path.dirname(PREFIX))


def remove_prefix():
    """Its mark first: what is left of a prefix is never taken for one."""
    try:
        os.remove(MARK)
    except OSError:
        pass
    shutil.rmtree(PREFIX, ignore_errors=True)


def remove_leftovers():
    """What an installation that was killed has left."""
    folder = os.path.dirname(PREFIX)
    for name in os.listdir(folder):
        if name.startswith(".flux-usernetes-"):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def need_room():
    if shutil.disk_usage(os.path.dirname(PREFIX)).free < NEEDED_BYTES:
        raise FluxError(full_disk())


def full_disk():
    free = shutil.disk_usage(os.path.dirname(PREFIX)).free
    return "the disk of {} has {} MiB left and Flux needs {}: make the root volume larger".format(
        os.path.dirname(PREFIX), free // 2**20, NEEDED_BYTES // 2**20
    )


def read_mark():
    try:
        with open(MARK, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write_mark(content):
    with open(MARK + ".new", "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        # All of the prefix is on the disk before its mark is.
        os.sync()
    os.replace(MARK + ".new", MARK)


if __name__ == "__main__":
    try:
        remove_leftovers()
        Installation(boot_settings.read(), sys.argv[1]).run()
    except (FluxError, PackagesError, AwsError, boot_settings.SettingsError) as sentence:
        print(sentence, file=sys.stderr)
        sys.exit(1)
    except OSError as problem:
        full = problem.errno == 28
        print(full_disk() if full else "can't install Flux: {}".format(problem), file=sys.stderr)
        sys.exit(1)
