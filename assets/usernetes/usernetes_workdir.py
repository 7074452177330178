"""The folder of one Kubernetes on one node: a copy of usernetes, and beside it what makes it this cluster's.

GNU make prefers a GNUmakefile to a Makefile: with ours, `make -C WORKDIR sync-external-ip` does the same in any shell
of the owner.
"""
import json
import os
import shutil

from usernetes_files import read_json, replace_file
from usernetes_problem import Problem

FACTS = "flux-usernetes.json"
OVERRIDE = "flux-usernetes.compose.yaml"
INSIDE = "usernetes_inside.sh"
COMPOSE = {"docker": "docker compose", "podman": "podman-compose", "nerdctl": "nerdctl compose"}

# `override` holds against the environment and against usernetes' own assignments. COMPOSE and the engine are said
# here too, since make before 4.4 hides exported variables from $(shell), which would look for an engine itself.
MAKEFILE_HEAD = "# Made by the command usernetes: what this node and this cluster are. Changes are lost.\n"
MAKEFILE_TAIL = """
include Makefile

.PHONY: flux-usernetes-image
flux-usernetes-image:
	$(COMPOSE) build

.PHONY: flux-usernetes-up
flux-usernetes-up: check-preflight
	$(COMPOSE) up --no-build -d

.PHONY: flux-usernetes-inside
flux-usernetes-inside:
	@$(COMPOSE) exec -T $(NODE_SERVICE_NAME) /bin/bash /usernetes/{inside} $(VERB)
"""
# Where the container has the images that the boot has fetched.
IMAGES = "/flux-usernetes-images"
# A fixed image: usernetes alone would build one for each project. A job's container doesn't outlive a reboot.
OVERRIDE_TEXT = """# Made by the command usernetes. Changes are lost.
name: {project}
services:
  node:
    image: {image}
    pull_policy: never
    restart: "{restart}"
    stop_grace_period: {grace}
"""
VOLUMES_TEXT = """    volumes:
      - {images}:{inside}:ro
"""


class Workdir:
    def __init__(self, settings, id, slot, path=None):
        self.settings = settings
        self.id = str(id)
        self.slot = slot
        self.path = path or settings.workdir(id)
        self.project = settings.project(id)

    def file(self, name):
        return os.path.join(self.path, name)

    @property
    def kubeconfig(self):
        return self.file("kubeconfig")

    @property
    def join_command(self):
        return self.file("join-command")

    def exists(self):
        return os.path.exists(self.file(FACTS))

    def facts(self):
        return read_json(self.file(FACTS), {})

    def prepare(self, rank, serial=0):
        """Makes the folder, or brings it up to date."""
        if not os.path.exists(self.file("docker-compose.yaml")):
            copy_template(self.settings.template, self.path)
        facts = {"id": self.id, "slot": self.slot, "rank": rank, "serial": serial, "project": self.project}
        replace_file(self.file("GNUmakefile"), self.makefile(rank), 0o644)
        replace_file(self.file(OVERRIDE), self.override(), 0o644)
        with open(os.path.join(self.settings.assets, INSIDE)) as file:
            replace_file(self.file(INSIDE), file.read(), 0o755)
        replace_file(self.file(FACTS), json.dumps(facts) + "\n", 0o644)

    def variables(self, rank):
        settings = self.settings
        ports = settings.ports_of(self.slot)
        env = settings.environment()
        values = {
            "HOSTNAME": settings.host(rank),
            "HOST_IP": settings.host_address(rank),
            "NODE_NAME": settings.node(rank),
            "NODE_SUBNET": str(settings.subnet(self.slot, rank)),
            "NODE_IP": settings.node_address(self.slot, rank),
            "PORT_ETCD": ports["etcd"],
            "PORT_KUBELET": ports["kubelet"],
            "PORT_FLANNEL": ports["flannel"],
            "PORT_KUBE_APISERVER": ports["apiServer"],
            "CONTAINER_ENGINE": settings.engine,
            "CONTAINER_ENGINE_TYPE": settings.engine,
            "COMPOSE": COMPOSE[settings.engine],
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_FILE": "docker-compose.yaml:" + OVERRIDE,
            # The preflight check that would start a container each time.
            "QUICK": 1,
        }
        for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DOCKER_HOST"):
            if name in env:
                values[name] = env[name]
        return values

    def makefile(self, rank):
        values = self.variables(rank)
        lines = ["override {} := {}".format(name, value) for name, value in values.items()]
        lines.append("export " + " ".join(values))
        return MAKEFILE_HEAD + "\n".join(lines) + "\n" + MAKEFILE_TAIL.format(inside=INSIDE)

    def override(self):
        lasts = self.slot == self.settings.manual_slot
        text = OVERRIDE_TEXT.format(
            project=self.project,
            image=self.settings.image,
            restart="always" if lasts else "no",
            grace="10s" if lasts else "3s",
        )
        images = self.settings.images
        return text + (VOLUMES_TEXT.format(images=images, inside=IMAGES) if images else "")


def copy_template(template, path):
    """All of it or nothing, so that a folder that exists is whole. A join-command may have come before."""
    join_command, new = os.path.join(path, "join-command"), path.rstrip("/") + ".new"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        present = set(os.listdir(path)) if os.path.isdir(path) else set()
        if present - {"join-command"}:
            raise Problem("{} exists and has no docker-compose.yaml: give another --workdir, or remove it".format(path))
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(template, new, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        os.chmod(new, 0o700)
        if present:
            os.replace(join_command, os.path.join(new, "join-command"))
        os.replace(new, path)
    except OSError as error:
        raise Problem("{} can't be made: {}".format(path, error)) from None
