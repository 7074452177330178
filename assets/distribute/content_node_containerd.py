"""The node's containerd, by ctr: which images are there, and how one gets out of it and into it.

The label io.cri-containerd.image is left to the CRI plugin: it sets it when it sees a new image, and what comes with a
label already gets no reference by its image id (containerd 1.6 and 1.7, updateImage in image_pull.go).
"""
import os
import time

from content_node_base import Failure, architecture, run

# Sockets, and the programs that speak to them, as the usual distributions of Kubernetes have them.
PLACES = (
    ("/run/containerd/containerd.sock", ("/usr/local/bin/ctr", "/usr/bin/ctr", "/bin/ctr", "/opt/bin/ctr")),
    ("/run/k3s/containerd/containerd.sock", ("/var/lib/rancher/rke2/bin/ctr", "/usr/local/bin/k3s", "/usr/bin/k3s")),
    ("/run/k0s/containerd.sock", ("/usr/local/bin/k0s", "/usr/bin/k0s")),
    ("/var/snap/microk8s/common/run/containerd.sock", ("/snap/microk8s/current/bin/ctr",)),
)
# What the kubelet's containerd is told about registries: mirrors, own certificates.
HOSTS = (
    "/etc/containerd/certs.d",
    "/var/lib/rancher/k3s/agent/etc/containerd/certs.d",
    "/var/lib/rancher/rke2/agent/etc/containerd/certs.d",
)
# Images under way are kept apart, so that the kubelet neither sees nor removes them.
STAGING = "flux-distribute"
QUICK_SECONDS = 60
PAUSES = (0, 5, 15)


class Containerd:
    def __init__(self, settings, proxy):
        self.namespace = settings.get("namespace") or "k8s.io"
        self.address, self.program = find(settings.get("address"), settings.get("program"))
        self.proxy = proxy
        self.help = {}

    def ctr(self, namespace, command, arguments, seconds=QUICK_SECONDS):
        words = self.program + ["--address", self.address, "--namespace", namespace] + command.split()
        return run(words + self.locally(command) + arguments, seconds, proxy_variables(self.proxy))

    def locally(self, command):
        """From containerd 2 on the daemon would do what ctr does, without this process' proxies and folders."""
        if command.split()[-1] not in ("fetch", "export", "import", "tag"):
            return []
        if command not in self.help:
            self.help[command] = run(self.program + command.split() + ["--help"], QUICK_SECONDS)
        return ["--local"] if "--local" in self.help[command] else []

    def images(self, namespace, filter):
        """Of those that are there, by name: digest, whether all of it is there, and whether it is unpacked."""
        found = {}
        for line in self.ctr(namespace, "images check", [filter]).splitlines()[1:]:
            words = line.split()
            if len(words) > 4:
                found[words[0]] = (words[2], words[3] == "complete", words[-1] == "true")
        return found

    def digest_of(self, name):
        """Empty if it is not there. What is unpacked is usable, though some nodes drop the layers that it came from."""
        digest, is_complete, is_unpacked = self.images(self.namespace, "name==" + name).get(name, ("", False, False))
        return digest if is_complete or is_unpacked else ""

    def export(self, content, platform, digest, path, seconds, registry):
        """Writes the image for a platform to a tar, from this containerd if it is all there, else from outside."""
        name = content["names"][0]
        if platform == "linux/" + architecture():
            have = self.images(self.namespace, "name==" + name).get(name)
            if have and have[1] and digest in ("", have[0]):
                self.ctr(self.namespace, "images export", ["--platform", platform, path, name], seconds)
                return have[0]
        try:
            fetched = self.fetch(content, platform, digest, seconds, registry)
            self.ctr(STAGING, "images export", ["--platform", platform, path, fetched], seconds)
            return self.images(STAGING, "name==" + fetched)[fetched][0]
        finally:
            self.forget_staging()

    def fetch(self, content, platform, digest, seconds, registry):
        """Pulls without unpacking. The digest that nodes have already comes first, so that all get the same."""
        names = [content["names"][0]]
        if digest and "@" not in names[0]:
            names.insert(0, "{}@{}".format(content["repository"], digest))
        for name in names[:-1]:
            try:
                return self.fetch_one(name, content, platform, seconds, registry, PAUSES[:1])
            except Failure:
                pass  # Some registries forget what no name stands for any more.
        return self.fetch_one(names[-1], content, platform, seconds, registry, PAUSES)

    def fetch_one(self, name, content, platform, seconds, registry, pauses):
        from content_node_registry import credentials_folder

        end = time.monotonic() + seconds
        for number, pause in enumerate(pauses, 1):
            time.sleep(pause)
            try:
                # Tokens live for minutes, so each try has its own; layers that are there aren't pulled again.
                with credentials_folder(content, registry, self.proxy) as hosts:
                    hosts = hosts or next((path for path in HOSTS if os.path.isdir(path)), None)
                    options = ["--platform", platform] + (["--hosts-dir", hosts] if hosts else [])
                    self.ctr(STAGING, "content fetch", options + [name], max(1, end - time.monotonic()))
                return name
            except Failure as failure:
                is_hopeless = failure.lasting or "not found" in str(failure) or time.monotonic() > end
                if is_hopeless or number == len(pauses):
                    text = "the lead's node can't pull {}: {}".format(name, failure)
                    raise Failure(text, lasting=is_hopeless)
        raise AssertionError

    def forget_staging(self):
        try:
            names = self.ctr(STAGING, "images list", ["--quiet"]).split()
            if names:
                self.ctr(STAGING, "images delete", ["--sync"] + names)
            self.ctr(STAGING, "namespaces remove", [STAGING])
        except Failure:
            pass  # containerd removes by itself what nobody holds, a day later.

    def take_in(self, path, content, digest, seconds):
        """Imports a tar and gives the image its names; what is not all there afterwards is no image."""
        # As after a pull, pods may name it by its digest, too.
        names = content["names"]
        all_names = names + ["{}@{}".format(content["repository"], digest)]
        try:
            self.ctr(self.namespace, "images import", ["--platform", "linux/" + architecture(), path], seconds)
            imported = self.imported(digest)
            others = [name for name in dict.fromkeys(all_names) if name not in imported]
            if others:
                self.ctr(self.namespace, "images tag", ["--force", imported[0]] + others)
        except Failure as failure:
            self.drop_incomplete(digest)
            full = "no space left" in str(failure)
            raise Failure("containerd doesn't take the image: {}".format(failure), lasting=full)
        for name in names:
            if self.digest_of(name) != digest:
                self.drop_incomplete(digest)
                raise Failure("{} is not all there after its import".format(name))

    def imported(self, digest):
        names = list(self.images(self.namespace, "target.digest==" + digest))
        # By a name, where there is one: that by an image id is the CRI plugin's own.
        names.sort(key=lambda name: (name.startswith("sha256:"), "@" in name))
        if not names:
            raise Failure("after its import there is no image {}".format(digest))
        return names

    def drop_incomplete(self, digest):
        """An image of which only the name is there would have pods fail that could pull it."""
        try:
            found = self.images(self.namespace, "target.digest==" + digest).items()
            names = [name for name, (_, is_complete, is_unpacked) in found if not (is_complete or is_unpacked)]
            if names:
                self.ctr(self.namespace, "images delete", ["--sync"] + names)
        except Failure:
            pass  # What went wrong before is told.


def find(address, program):
    for socket, programs in PLACES:
        if address and socket != address:
            continue
        found = program or next((path for path in programs if os.access(path, os.X_OK)), None)
        if os.path.exists(socket) and found:
            return socket, words_of(found)
    if address and program and os.path.exists(address) and os.access(program, os.X_OK):
        return address, words_of(program)
    asked = " at {}".format(address) if address else ""
    with_program = " with {}".format(program) if program else ""
    raise Failure(
        "no containerd was found on this node{}{}: name its socket and its ctr in the option containerd".format(
            asked, with_program
        ),
        lasting=True,
    )


def words_of(program):
    """k3s and k0s are their own ctr."""
    return [program, "ctr"] if os.path.basename(program) in ("k3s", "k0s") else [program]


def proxy_variables(proxy):
    names = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY", "no": "NO_PROXY"}
    return {names[key]: value for key, value in proxy.items() if key in names and value}
