#!/usr/bin/env python3
"""Brings the scripts of the cluster to this node, unless they are there, and starts its boot. Runs on every boot."""
import datetime
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import time
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

TO, NEW, ENV = "/opt/flux-usernetes", "/opt/flux-usernetes.new", os.environ
IMDS = ENV.get("FLUX_USERNETES_IMDS", "http://169.254.169.254") + "/latest/"
PAUSE, TRIES = float(ENV.get("FLUX_USERNETES_PAUSE", "8")), 40


def ask(url, headers, method="GET", body=None):
    return urlopen(Request(url, body, headers, method=method), timeout=20).read()


def meta(path):
    token = ask(IMDS + "api/token", {"x-aws-ec2-metadata-token-ttl-seconds": "300"}, "PUT").decode()
    return ask(IMDS + "meta-data/" + path, {"x-aws-ec2-metadata-token": token}).decode()


def aws(service, path, method="GET", body=b""):
    """A request that is signed with the role's credentials (Signature Version 4)."""
    region, role = meta("placement/region"), "iam/security-credentials/"
    keys = json.loads(meta(role + meta(role).split()[0]))
    own = "https://{}.{}.{}".format(service, region, meta("services/domain"))
    url = ENV.get("FLUX_USERNETES_ENDPOINT", own) + path
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"content-type": "application/x-www-form-urlencoded", "host": urlsplit(url).netloc}
    headers.update({"x-amz-content-sha256": digest, "x-amz-date": now, "x-amz-security-token": keys["Token"]})
    names = ";".join(headers)
    lines = [method, path, ""] + [name + ":" + headers[name] for name in headers] + ["", names, digest]
    scope = "/".join((now[:8], region, service, "aws4_request"))
    text = "\n".join(("AWS4-HMAC-SHA256", now, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()))
    key = b"AWS4" + keys["SecretAccessKey"].encode()
    for word in scope.split("/") + [text]:
        key = hmac.new(key, word.encode(), "sha256").digest()
    credential = "AWS4-HMAC-SHA256 Credential=" + keys["AccessKeyId"] + "/" + scope
    headers["authorization"] = "{}, SignedHeaders={}, Signature={}".format(credential, names, key.hex())
    return ask(url, headers, method, body or None)


def bring(bucket, key, sha256):
    mark = TO + "/.bundle"
    if os.path.exists(mark) and open(mark).read() == sha256:
        return
    data = aws("s3", "/" + bucket + "/" + quote(key))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError("its checksum is not that of cluster.json")
    shutil.rmtree(NEW, ignore_errors=True)
    for file in json.loads(data)["files"] + [{"path": ".bundle", "mode": "644", "text": sha256}]:
        path = os.path.join(NEW, file["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(file["text"])
        os.chmod(path, int(str(file["mode"]), 8))
    os.sync()
    shutil.rmtree(TO, ignore_errors=True)
    os.rename(NEW, TO)


def tell(text):
    text = "flux-usernetes: bootstrap: " + text
    print(text, flush=True)
    try:
        print(text, file=open("/dev/console", "w"), flush=True)
    except OSError:
        pass


def tag(**tags):
    form = {"Action": "CreateTags", "Version": "2016-11-15", "ResourceId.1": meta("instance-id")}
    for n, key in enumerate(tags, 1):
        text = "".join(c if c.isascii() and (c.isalnum() or c in " _.:/=+-@") else " " for c in tags[key])
        form.update({"Tag.%d.Key" % n: "flux-usernetes:" + key, "Tag.%d.Value" % n: text[:255]})
    aws("ec2", "/", "POST", urlencode(form).encode())


def main():
    bundle = json.load(open("/etc/flux-usernetes/cluster.json"))["bundle"]
    for left in reversed(range(TRIES)):
        try:
            # A role's rights may take a while to hold: every error may pass.
            bring(**bundle)
            return subprocess.run([TO + "/boot.sh", "start"], check=True)
        except Exception as problem:
            text = "can't bring s3://{bucket}/{key} here and start it: ".format(**bundle) + repr(problem)[:300]
            tell(text + ("" if left else "; giving up: mend the cause and reboot this node"))
        time.sleep(PAUSE if left else 0)
    tag(state="failed", step="bootstrap", message=text)
    raise SystemExit(1)


main()
