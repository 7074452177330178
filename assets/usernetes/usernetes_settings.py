"""What cluster.json says, and what follows from it: paths, addresses, ports and names of this cluster.

Every path is below FLUX_USERNETES_ROOT, which is empty on a real node.
"""
import ipaddress
import os
import pwd
import shutil

from cluster_file import ClusterFileError, read_cluster
from usernetes_problem import Problem

# The slot of system mode, and, in batch mode, of what an owner starts by hand: jobs never get it.
SYSTEM_SLOT, LAST_SLOT = 0, 127
SYSTEM = "system"
# A subnet for each pair of slot and rank: six usable addresses, of which the engine takes the first.
RANKS_PER_SLOT, SUBNET_BITS = 256, 29
PORTS_PER_JOB = 4
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Settings:
    def __init__(self, root=None):
        self.root = os.environ.get("FLUX_USERNETES_ROOT", "") if root is None else root
        try:
            given = read_cluster(self.root)
        except ClusterFileError as error:
            raise Problem(str(error)) from None
        self.given = given
        self.cluster = given["cluster"]
        self.mode = given.get("mode", SYSTEM)
        self.engine = given.get("engine", "docker")
        self.ports = given["ports"]
        self.limits = given["limits"]
        self.commit = given["usernetes"]["commit"]
        self.first_address = ipaddress.IPv4Address(given["firstAddress"])
        self.subnets = ipaddress.IPv4Network(given["nodeSubnets"])

    def at(self, path):
        return self.root + path

    @property
    def program(self):
        """The command of the same name on any node."""
        return os.path.join(os.path.dirname(os.path.realpath(__file__)), "usernetes")

    @property
    def assets(self):
        return os.path.dirname(os.path.realpath(__file__))

    @property
    def template(self):
        """The folder of usernetes at the pinned commit, of which every workdir is a copy."""
        folder = self.at("/opt/usernetes")
        if not os.path.exists(os.path.join(folder, "docker-compose.yaml")):
            raise Problem("{} is missing: step 40-usernetes of the boot makes it".format(folder))
        return folder

    @property
    def images(self):
        """The folder of images that the boot has fetched for all nodes of Kubernetes, None if there is none."""
        folder = self.at("/opt/usernetes-images")
        return folder if os.path.isdir(folder) else None

    @property
    def state(self):
        return self.at("/var/lib/flux-usernetes")

    def in_state(self, *names):
        return os.path.join(self.state, *names)

    def workdir(self, id):
        """The folder of a job by its decimal id, or that of system mode."""
        return self.in_state(SYSTEM) if id == SYSTEM else self.in_state("jobs", str(id))

    def project(self, id):
        """How the container engine calls what belongs together."""
        return "usernetes-{}".format(id)

    @property
    def image(self):
        return "flux-usernetes-node:" + self.commit[:12]

    def host(self, rank):
        return "{}-{}".format(self.cluster, rank)

    def node(self, rank):
        """The name of the Kubernetes node on this rank."""
        return "u7s-" + self.host(rank)

    def host_address(self, rank):
        return str(self.first_address + rank)

    def where(self, rank):
        return "rank {} ({})".format(rank, self.host(rank))

    def subnet(self, slot, rank):
        if not (0 <= slot <= LAST_SLOT and 0 <= rank < RANKS_PER_SLOT):
            text = "there is no subnet for slot {} on rank {}: slots end at 127, ranks at 255"
            raise Problem(text.format(slot, rank))
        size = 2 ** (32 - SUBNET_BITS)
        first = int(self.subnets.network_address) + (slot * RANKS_PER_SLOT + rank) * size
        subnet = ipaddress.IPv4Network((first, SUBNET_BITS))
        if not subnet.subnet_of(self.subnets):
            raise Problem("nodeSubnets {} has no subnet for slot {} on rank {}".format(self.subnets, slot, rank))
        return subnet

    def node_address(self, slot, rank):
        """The second usable address: the first is the gateway's."""
        return str(self.subnet(slot, rank).network_address + 2)

    @property
    def manual_slot(self):
        """The slot of what doesn't belong to a job."""
        return SYSTEM_SLOT if self.mode == SYSTEM else LAST_SLOT

    @property
    def job_slots(self):
        return [slot for slot in range(LAST_SLOT + 1) if slot != self.manual_slot]

    def ports_of(self, slot):
        """Ports of a cluster: the same on all of its nodes, since kubelets and the overlay of flannel must agree."""
        if slot == self.manual_slot:
            return {name: self.ports[name] for name in ("etcd", "kubelet", "flannel", "apiServer")}
        first = self.ports["firstJobPort"] + PORTS_PER_JOB * slot
        return {"etcd": first, "kubelet": first + 1, "flannel": first + 2, "apiServer": first + 3}

    def flux(self):
        """The program flux: that of the configured prefix, else the first on the PATH."""
        prefix = "/opt/flux"
        try:
            with open(self.at("/etc/flux-usernetes/flux-prefix")) as file:
                prefix = file.read().strip() or prefix
        except OSError:
            pass
        for path in (os.path.join(prefix, "bin/flux"), self.at(os.path.join(prefix, "bin/flux"))):
            if os.access(path, os.X_OK):
                return path
        return shutil.which("flux") or "flux"

    @property
    def uri(self):
        """The broker of the system instance on this node."""
        return "local://" + self.at("/run/flux/local")

    def environment(self):
        """For programs of the engine: a prolog's environment is bare, and an engine without root needs these."""
        user = pwd.getpwuid(os.getuid())
        runtime = "/run/user/{}".format(os.getuid())
        env = {
            "HOME": user.pw_dir,
            "USER": user.pw_name,
            "LOGNAME": user.pw_name,
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "PATH": (self.at("/usr/local/bin") + ":" if self.root else "") + PATH,
            "XDG_RUNTIME_DIR": runtime,
            "DBUS_SESSION_BUS_ADDRESS": "unix:path={}/bus".format(runtime),
        }
        if self.engine == "docker":
            env["DOCKER_HOST"] = "unix://{}/docker.sock".format(runtime)
        if self.root:
            env["FLUX_USERNETES_ROOT"] = self.root
        return env
