"""Keeps on this node what the document and the settings name, and finds out once for all which packages that is."""
import os

import distribute_install
from distribute_lease import clock
from distribute_node import say
from distribute_work import Once, Work

# Seconds between two tries of what failed; the installer itself tries each download several times.
FIRST_AGAIN, LONGEST_AGAIN = 30, 600


class Installer:
    def __init__(self, settings, membership, wake):
        self.settings, self.membership = settings, membership
        self.architecture = distribute_install.architecture()
        self.work, self.once = Work(wake), Once()
        self.installed, self.last = {}, None  # prefixes by environment, and the environment that was the last
        self.resolved = {}  # lists by architecture, for the settings' environment, until they are written
        self.again, self.pause = {}, {}
        forget(settings)

    def prefix(self, environment):
        """Where Flux is, None until it is installed."""
        return self.installed.get(environment)

    def step(self, architectures=()):
        """Goes on with what is missing; lists of packages are made for these architectures, by the elected one."""
        done = self.work.take()
        if done:
            self.take_over(*done)
        if self.work.is_running():
            return
        for architecture in architectures:
            if self.lacks_list(architecture) and self.may_try(architecture):
                self.work.start(("resolve", architecture), distribute_install.resolve, self.settings, architecture)
                return
        for environment in self.wanted():
            is_missing = environment not in self.installed and self.has_list(environment, self.architecture)
            # The last one that was installed is `current`.
            is_current = environment != self.in_use() or environment == self.last
            if (is_missing or environment in self.installed and not is_current) and self.may_try(environment):
                self.install(environment)
                return

    def install(self, environment):
        packages = self.membership.packages(environment, self.architecture)
        # None of those that somebody is about to need goes to make room for another.
        given = (self.settings, environment, packages, None, self.wanted())
        self.work.start(("install", environment), distribute_install.install, *given)

    def take_over(self, what, outcome, problem):
        verb, subject = what
        if problem is None:
            self.again.pop(subject, None)
            self.pause.pop(subject, None)
            (self.resolved if verb == "resolve" else self.installed)[subject] = outcome
            if verb == "install":
                self.last = subject
                show(self.settings, subject)
            return
        self.pause[subject] = min(LONGEST_AGAIN, 2 * self.pause.get(subject, FIRST_AGAIN / 2))
        self.again[subject] = clock() + self.pause[subject]
        doing = "the packages for {} nodes can't be found out" if verb == "resolve" else "{} can't be installed"
        say("{} ({}): tried again in {:.0f} s".format(doing.format(subject), problem, self.pause[subject]))

    def may_try(self, subject):
        return clock() >= self.again.get(subject, 0)

    def lacks_list(self, architecture):
        if self.settings.flux["source"] != "conda" or architecture in self.resolved:
            return False
        return self.membership.packages(self.settings.environment, architecture) is None

    def has_list(self, environment, architecture):
        """May a node of this architecture install the environment?"""
        if environment == self.settings.environment and self.settings.flux["source"] != "conda":
            return True
        return self.membership.packages(environment, architecture) is not None

    def wanted(self):
        """First what is in use, then what will be."""
        found = [self.in_use(), self.settings.environment]
        # Of newer settings, which the pod of this node hasn't got yet.
        found += self.membership.environments(self.architecture)
        return list(dict.fromkeys(found))

    def in_use(self):
        document = self.membership.document
        return document.environment if document else self.settings.environment


def shown(settings, environment):
    """The file on a node that says to the elected one that the node has an environment."""
    return settings.in_run("has-" + environment)


def show(settings, environment):
    with open(shown(settings, environment), "w"):
        pass


def forget(settings):
    """What an earlier supervisor found may be gone by now."""
    for name in os.listdir(settings.runDirectory):
        if name.startswith("has-"):
            os.remove(settings.in_run(name))
