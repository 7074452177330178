"""A stand-in for ctr, whose containerd is a folder: content-ctr.py ROOT NODE-FOLDER ARGUMENTS...

An image is a file of JSON, NODE-FOLDER/images/NAMESPACE/NAME with % for /; its tar is a line of that JSON and data.
What is asked is appended to ROOT/ctr. ROOT/registry holds what can be pulled, by name and platform; where there is
ROOT/authorization only with that header. NODE-FOLDER says what goes wrong:
    import-fails   so many imports leave half an image and end with what the second line says
    old            ctr knows no --local
"""
import glob
import json
import os
import sys

ROOT, NODE = sys.argv[1], sys.argv[2]
WORDS = sys.argv[3:]


def fail(text):
    print("ctr: " + text, file=sys.stderr)
    sys.exit(1)


def option(name):
    return WORDS[WORDS.index(name) + 1] if name in WORDS else None


def store(name):
    return os.path.join(NODE, "images", option("--namespace"), name.replace("/", "%"))


def write(name, image):
    os.makedirs(os.path.dirname(store(name)), exist_ok=True)
    new = os.path.join(NODE, "new-image-{}".format(os.getpid()))
    with open(new, "w") as file:
        json.dump(dict(image, name=name), file)
    os.replace(new, store(name))


def read(path):
    with open(path) as file:
        return json.load(file)


def check():
    key, _, value = WORDS[-1].partition("==")
    print("REF TYPE DIGEST STATUS SIZE UNPACKED")
    for path in sorted(glob.glob(store("*"))):
        image = read(path)
        if value == image["name" if key == "name" else "digest"]:
            state = "complete (2/2)" if image.get("complete", True) else "incomplete (1/2)"
            unpacked = str(image.get("unpacked", True)).lower()
            print(image["name"], "index", image["digest"], state, "1.0 MiB/1.0 MiB", unpacked)


def fetch():
    name, platform = WORDS[-1], option("--platform")
    path = os.path.join(ROOT, "registry", name.replace("/", "%") + "-" + platform.replace("/", "-"))
    need = os.path.join(ROOT, "authorization")
    if os.path.exists(need):
        hosts = os.path.join(option("--hosts-dir") or "", name.split("/")[0], "hosts.toml")
        text = open(hosts).read() if os.path.exists(hosts) else ""
        mode = oct(os.stat(hosts).st_mode & 0o777) if text else ""
        with open(os.path.join(ROOT, "hosts"), "a") as file:
            file.write(json.dumps([hosts, mode, text]) + "\n")
        if open(need).read() not in text:
            fail("failed to resolve reference: 401 Unauthorized")
    if not os.path.exists(path):
        fail("failed to resolve reference {}: not found".format(name))
    write(name, read(path))


def export():
    path, name = WORDS[-2:]
    image = read(store(name))
    size = image.pop("size", 3_000_000)
    with open(path, "wb") as file:
        file.write(json.dumps(dict(image, platform=option("--platform"))).encode() + b"\n")
        file.write((image["digest"] * size).encode()[:size])


def take_in():
    with open(WORDS[-1], "rb") as file:
        image = json.loads(file.readline())
    if image.pop("platform") != option("--platform"):
        fail("this is for another platform")
    fails = os.path.join(NODE, "import-fails")
    if os.path.exists(fails):
        left, text = open(fails).read().split("\n", 1)
        if int(left) > 0:
            with open(fails, "w") as file:
                file.write("{}\n{}".format(int(left) - 1, text))
            write(image["name"], dict(image, complete=False, unpacked=False))
            fail(text)
    write(image["name"], image)


def tag():
    source, *targets = WORDS[WORDS.index("--force") + 1 :]
    for target in targets:
        write(target, read(store(source)))


def delete():
    for name in WORDS[WORDS.index("--sync") + 1 :]:
        os.remove(store(name))


def names():
    for path in sorted(glob.glob(store("*"))):
        print(read(path)["name"])


with open(os.path.join(ROOT, "ctr"), "a") as log:
    log.write(json.dumps([os.path.basename(NODE), WORDS]) + "\n")
command = " ".join(word for word in WORDS if not word.startswith("-"))
if "--help" in WORDS:
    print("OPTIONS:" + ("" if os.path.exists(os.path.join(NODE, "old")) else " --local"))
else:
    if "--local" in WORDS and os.path.exists(os.path.join(NODE, "old")):
        fail("flag provided but not defined: -local")
    commands = {"images check": check, "content fetch": fetch, "images export": export, "images import": take_in}
    commands.update({"images tag": tag, "images delete": delete, "images list": names, "namespaces remove": str})
    next(run for words, run in commands.items() if words in command)()
