"""Stands in for docker, and for kubeadm, kubectl and the like in its containers: ROOT/usr/local/bin/docker.

What the engine of a host has is in ROOT/engine; the control planes of all hosts are in the folder that ROOT/fabric
names, by address and port. ROOT/faults/NAME says `fail TEXT`, `hang`, or `wait SECONDS` of a step. ROOT/calls has a line
for each call.
"""
import json
import os
import re
import sys
import time

HERE = os.path.realpath(sys.argv[0])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(HERE))))
ENGINE = os.path.join(ROOT, "engine")
LABEL = "label=com.docker.compose.project="
KINDS = {"container": "containers", "network": "networks", "volume": "volumes"}
ETC = "{}_node-etc"


def read(*names, otherwise=None):
    try:
        with open(os.path.join(*names)) as file:
            return file.read()
    except OSError:
        if otherwise is None:
            raise
        return otherwise


def write(text, *names):
    path = os.path.join(*names)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new-{}".format(os.getpid()), "w") as file:
        file.write(text)
    os.replace(path + ".new-{}".format(os.getpid()), path)


def fail(text, code=1):
    sys.stderr.write(text + "\n")
    sys.exit(code)


def fault(name):
    word, _, rest = read(ROOT, "faults", name, otherwise="").strip().partition(" ")
    if word == "hang":
        time.sleep(3600)
    elif word == "wait":
        time.sleep(float(rest))
    elif word == "fail":
        fail(rest)


def names(kind):
    folder = os.path.join(ENGINE, KINDS[kind])
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def remove_folder(path):
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def remove(kind, name):
    path = os.path.join(ENGINE, KINDS[kind], name)
    remove_folder(path) if os.path.isdir(path) else os.remove(path)


def of_project(kind, project):
    return [name for name in names(kind) if name.startswith(project + ("-node-" if kind == "container" else "_"))]


# --- the engine


def main(words):
    with open(os.path.join(ROOT, "calls"), "a") as calls:
        calls.write(" ".join([os.path.basename(sys.argv[0]), *words]) + "\n")
    fault("engine")
    begin()
    if words[0] == "compose":
        return compose(words[1:])
    if words[0] == "info":
        return print("[]")
    if words[:2] == ["image", "inspect"]:
        return None if words[2] in read(ENGINE, "images", otherwise="").split() else fail("No such image: " + words[2])
    kind = "container" if words[0] in ("ps", "rm") else words[0]
    if "rm" in words[:2]:
        fault("remove")
        return [remove(kind, name) for name in words[1:] if name in names(kind)]
    filters = [word for word in words if word.startswith(LABEL)]
    if filters:
        return print("\n".join(of_project(kind, filters[0][len(LABEL):])))
    return print("\n".join(name[: -len("-node-1")] for name in names(kind)))


def begin():
    """ROOT/faults/begin is how often it is asked before it is up."""
    left = int(read(ROOT, "faults", "begin", otherwise="0"))
    if left > 0:
        write(str(left - 1), ROOT, "faults", "begin")
        fail("Cannot connect to the Docker daemon. Is the docker daemon running?")


def compose(words):
    project = os.environ["COMPOSE_PROJECT_NAME"]
    container = os.path.join(ENGINE, "containers", project + "-node-1")
    if words[0] == "build":
        return write(read(ENGINE, "images", otherwise="") + image() + "\n", ENGINE, "images")
    if words[0] == "up":
        return up(project, container)
    if words[0] == "down":
        fault("down")
        for kind in ("container", "network", *(["volume"] if "-v" in words else [])):
            for name in of_project(kind, project):
                remove(kind, name)
        return None
    if not os.path.exists(container):
        fail('service "node" is not running')
    env = json.loads(read(container))
    words = words[1:]
    while words[0].startswith("-"):
        words = words[2 if words[0] == "-e" else 1:]
    return inside(project, env, words[1:])


def image():
    override = read(os.environ["COMPOSE_FILE"].split(":")[1])
    return re.search(r"image: (\S+)", override)[1]


def up(project, container):
    fault("up")
    if image() not in read(ENGINE, "images", otherwise="").split():
        fail("No such image: " + image())
    keys = ("NODE_NAME", "NODE_IP", "NODE_SUBNET", "HOST_IP", "PORT_ETCD", "PORT_KUBELET", "PORT_FLANNEL", "PORT_KUBE_APISERVER")
    env = {key: os.environ[key] for key in keys}
    for other in names("container"):
        its = json.loads(read(ENGINE, "containers", other))
        if other != os.path.basename(container):
            if its["NODE_SUBNET"] == env["NODE_SUBNET"]:
                fail("Pool overlaps with other one on this address space")
            same = [key for key in keys if key.startswith("PORT_") and its[key] == env[key]]
            if same:
                fail("Bind for 0.0.0.0:{} failed: port is already allocated".format(env[same[0]]))
    env["workdir"] = os.getcwd()
    write("", ENGINE, "networks", project + "_default")
    for volume in ("var", "opt", "etc"):
        os.makedirs(os.path.join(ENGINE, "volumes", "{}_node-{}".format(project, volume)), exist_ok=True)
    write(json.dumps(env), container)
    write(str(len(names("container"))), ROOT, "most") if len(names("container")) > int(read(ROOT, "most", otherwise="0")) else None


# --- what runs in a container


def inside(project, env, words):
    etc = os.path.join(ENGINE, "volumes", ETC.format(project), "kubernetes")
    text = " ".join(words)
    if "usernetes_inside.sh" in text:
        verb = words[2:]
        fault(verb[0])
        tools = {"PATH": os.path.join(ROOT, "tools") + ":" + os.environ["PATH"], "ETC": etc, "CONTAINER": json.dumps(env)}
        var = os.path.join(ENGINE, "volumes", "{}_node-var".format(project))
        tools.update({"IMAGES": os.path.join(ROOT, "opt/usernetes-images"), "IMPORTED": os.path.join(var, "images")})
        os.execvpe("/bin/bash", ["/bin/bash", os.path.join(env["workdir"], "usernetes_inside.sh"), *verb], {**os.environ, **tools})
    if "envsubst" in text:
        return None
    if text.startswith("kubeadm init"):
        return init(env, etc)
    if text.startswith("kubeadm token"):
        fault("token")
        cluster = Cluster.of(etc)
        digest = digest_of(cluster.authority())
        words = "kubeadm join {}:{} --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:{}\r"
        return print(words.format(env["NODE_NAME"], env["PORT_KUBE_APISERVER"], digest))
    if text.endswith("/usernetes/join-command"):
        return join(env, etc)
    if text.endswith("sync-external-ip.sh"):
        cluster = Cluster.of(etc)
        for name in cluster.names():
            node = cluster.node(name)
            cluster.put(name, overwrite=node["address"], taints="")
        return None
    if text.endswith("install-flannel.sh"):
        fault("flannel")
        return Cluster.of(etc).install_flannel()
    if words[0] == "sed":
        return print("server: https://127.0.0.1:{}\n# {}".format(env["PORT_KUBE_APISERVER"], read(etc, "admin.conf")))
    return fail("no such thing in the container: " + text)


def digest_of(text):
    """Of 64 hexadecimal digits, as that of an authority is."""
    return text.encode().hex().ljust(64, "0")[-64:]


def init(env, etc):
    write("", etc, "pki", "begun")
    write("half", etc, "admin.conf")
    fault("init")
    key = "{}:{}".format(env["HOST_IP"], env["PORT_KUBE_APISERVER"])
    cluster = Cluster(os.path.join(read(ROOT, "fabric").strip(), key))
    remove_folder(cluster.path)
    write("authority of {} at {}".format(key, time.time_ns()), cluster.path, "authority")
    become(cluster, env, etc, "admin.conf")
    write("", cluster.path, "addons")


def become(cluster, env, etc, *confs):
    never = os.path.exists(os.path.join(ROOT, "faults", "ready"))
    write(cluster.authority(), etc, "pki", "ca.crt")
    for conf in ("kubelet.conf", *confs):
        write(cluster.path, etc, conf)
    cluster.put(env["NODE_NAME"], address=env["HOST_IP"], own=env["NODE_IP"], overwrite="", used="", never=never, taints="node.cloudprovider.kubernetes.io/uninitialized")
    if os.path.exists(os.path.join(cluster.path, "flannel")):
        cluster.start_flannel(env["NODE_NAME"])


def join(env, etc):
    fault("join")
    text = read(env["workdir"], "join-command")
    address = re.search(r'echo "(\S+)  \S+" >/etc/hosts.u7s', text)[1]
    port, digest = re.search(r"kubeadm join \S+:(\d+) .*sha256:(\S+)", text).groups()
    cluster = Cluster(os.path.join(read(ROOT, "fabric").strip(), "{}:{}".format(address, port)))
    if not os.path.exists(cluster.path):
        fail("error execution phase preflight: couldn't validate the identity of the API Server: connection refused")
    if digest_of(cluster.authority()) != digest:
        fail("error execution phase preflight: cluster CA found doesn't match")
    if env["NODE_NAME"] in cluster.names() and cluster.ready(env["NODE_NAME"]):
        fail('a Node with name "{}" and status "Ready" already exists in the cluster'.format(env["NODE_NAME"]))
    become(cluster, env, etc)


class Cluster:
    def __init__(self, path):
        self.path = path

    @classmethod
    def of(cls, etc):
        path = read(etc, "kubelet.conf", otherwise="")
        if not path or not os.path.exists(path):
            fail("The connection to the server was refused - did you specify the right host or port?")
        return cls(path)

    def authority(self):
        return read(self.path, "authority")

    def names(self):
        folder = os.path.join(self.path, "nodes")
        return sorted(name for name in os.listdir(folder) if ".new" not in name)

    def node(self, name):
        return json.loads(read(self.path, "nodes", name, otherwise="{}"))

    def put(self, name, **facts):
        write(json.dumps({**self.node(name), **facts}), self.path, "nodes", name)

    def install_flannel(self):
        if not os.path.exists(os.path.join(self.path, "flannel")):
            write("", self.path, "flannel")
            for name in self.names():
                self.start_flannel(name)

    def start_flannel(self, name):
        """It takes the address that is announced when it starts."""
        node = self.node(name)
        self.put(name, used=node["overwrite"] or node["own"])

    def ready(self, name):
        return bool(self.node(name).get("used")) and not self.node(name)["never"]

    def line(self, name):
        node = self.node(name)
        fields = [name, "True" if self.ready(name) else "False", node["overwrite"], node["used"], node["address"], node["taints"]]
        return "|".join(fields)


def kubectl(words):
    with open(os.path.join(ROOT, "calls"), "a") as calls:
        calls.write("kubectl " + " ".join(words)[:200] + "\n")
    cluster = Cluster(read(words[0].partition("=")[2]))
    words = [word for word in words[1:] if not word.startswith("--request-timeout")]
    text = " ".join(words)
    if not os.path.exists(os.path.join(cluster.path, "authority")) or os.path.exists(os.path.join(cluster.path, "gone")):
        fail("The connection to the server was refused - did you specify the right host or port?")
    if words[:2] == ["get", "--raw=/readyz"]:
        return print("ok")
    if "daemonset/kube-proxy" in text:
        return None if os.path.exists(os.path.join(cluster.path, "addons")) else fail("not found")
    if words[:2] == ["get", "nodes"]:
        return print("\n".join(cluster.line(name) for name in cluster.names()))
    if words[:2] == ["get", "node"]:
        return print(cluster.line(words[2])) if words[2] in cluster.names() else fail("nodes {} not found".format(words[2]))
    if words[:2] == ["patch", "node"]:
        return None
    if words[0] == "annotate":
        return cluster.put(words[3], overwrite=words[4].partition("=")[2])
    if words[0] == "taint":
        return cluster.put(words[2], taints="")
    if "delete pods" in text:
        return cluster.start_flannel(re.search(r"spec.nodeName=(\S+)", text)[1])
    if words[:2] == ["delete", "node"]:
        path = os.path.join(cluster.path, "nodes", words[2])
        return os.remove(path) if os.path.exists(path) else None
    return fail("kubectl: " + text)


called = os.path.basename(sys.argv[0])
if called == "kubectl":
    kubectl(sys.argv[1:])
elif called == "ctr":
    fault("import")
    with open(os.path.join(ROOT, "calls"), "a") as calls:
        calls.write(" ".join(["ctr", *sys.argv[1:]]) + "\n")
elif called == "hostname":
    print(json.loads(os.environ["CONTAINER"])["NODE_NAME"])
elif called == "systemctl":
    pass
else:
    main(sys.argv[1:])
