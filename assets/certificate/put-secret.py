#!/usr/bin/env python3
"""Makes a CURVE certificate with flux keygen and puts it into a Secret that lacks it, through the Kubernetes API.

Started by make-certificate.sh, with an empty CERTIFICATE_FLUX where the image has no Flux: then the certificate is made
by curve_key.py. The key is never printed, never an argument, and lies in memory where that is possible. Python 3.6 and
its standard library only, since it runs in any image with Flux.
"""
import base64
import http.client
import json
import os
import re
import signal
import ssl
import stat
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

# Python was told to trust no folder (-I), and this one, of a ConfigMap, can't be written.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import curve_key

MANAGER = "flux-framework-certificate"
ACCOUNT = os.environ.get("CERTIFICATE_ACCOUNT") or "/var/run/secrets/kubernetes.io/serviceaccount"
# In order: the Job's emptyDir in memory, then what is memory in any container, then what ends with the container.
FOLDERS = ("/flux-certificate-key", "/dev/shm", os.environ.get("TMPDIR") or "/tmp", "/tmp")
UNREACHABLE_SECONDS = 60.0
# Secret, Role and RoleBinding may be applied just after the Job, and the API server sees new rights a moment later.
LATE_OBJECT_SECONDS = 15.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 8.0
REQUEST_SECONDS = 10.0
KEYGEN_SECONDS = 30.0
LONGEST_NOTE = 100  # flux-core reads lines of at most 255 bytes, and a Secret's name may have 253

Z85 = r"[0-9A-Za-z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}"
CERTIFICATE_LINE = re.compile(r'\s+([0-9A-Za-z.\-]+)\s*=\s*"([0-9A-Za-z.\-:+=^!/*?&<>()\[\]{}@%$# \t]*)"\s*')


class Failure(Exception):
    """What a person reads, as one sentence."""


class ApiError(Exception):
    """An answer of the API other than success; code 0 if there was none."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = " ".join(message.split())[:400]


class Api:
    """The one Secret, by the service account of the pod.

    http.client knows no proxy variables, as it should be: the API server isn't behind the proxy of the cluster's users.
    """

    def __init__(self, secret):
        self.secret = secret
        self.host = (os.environ.get("KUBERNETES_SERVICE_HOST") or "kubernetes.default.svc").strip("[]")
        self.port = int(os.environ.get("KUBERNETES_SERVICE_PORT") or 443)
        self.namespace = read_account("namespace")
        self.path = "/api/v1/namespaces/{}/secrets/{}".format(quote(self.namespace, ""), quote(secret, ""))
        try:
            self.tls = ssl.create_default_context(cafile=os.path.join(ACCOUNT, "ca.crt"))
        except OSError as error:  # ssl.SSLError is one too
            raise Failure("{}/ca.crt can't be used ({})".format(ACCOUNT, error))

    def request(self, method, path, body=None):
        # The token is read each time, since the kubelet replaces it.
        headers = {"Authorization": "Bearer " + read_account("token"), "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json"
        connection = http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=REQUEST_SECONDS)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, ValueError, http.client.HTTPException) as error:
            # A CertificateError of Python 3.6 is a ValueError.
            raise ApiError(0, "{}: {}".format(type(error).__name__, error))
        finally:
            connection.close()
        try:
            content = json.loads(answer.decode())
        except ValueError:
            content = None
        if not isinstance(content, dict):
            # Not the API server: a proxy or a load balancer on the way, or a connection that was cut.
            code = response.status if response.status >= 400 else 0
            raise ApiError(code, "HTTP {} without JSON".format(response.status))
        if response.status >= 300:
            raise ApiError(response.status, str(content.get("message") or content.get("reason") or response.status))
        return content

    def get(self):
        return self.request("GET", self.path)

    def put(self, seen, key, value):
        """Sets the key if the Secret is still the one that was seen; 409 otherwise."""
        lock = {"resourceVersion": seen["metadata"]["resourceVersion"], "uid": seen["metadata"]["uid"]}
        patch = {"metadata": lock, "data": {key: base64.b64encode(value).decode()}}
        return self.request("PATCH", self.path + "?fieldManager=" + MANAGER, json.dumps(patch))


def read_account(name):
    path = os.path.join(ACCOUNT, name)
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError as error:
        fix = "the Job's pod needs a service account and automountServiceAccountToken: true"
        if isinstance(error, PermissionError):
            fix = "give the pod of the Job a runAsUser that is the same for all containers, or an fsGroup"
        raise Failure("{} can't be read ({}): {}".format(path, error.strerror, fix))


def private_folder():
    """A folder for this process only."""
    tried = []
    for folder in FOLDERS:
        try:
            return tempfile.TemporaryDirectory(prefix="certificate-", dir=folder)
        except OSError as error:
            tried.append("{}: {}".format(folder, error.strerror))
    tried = "; ".join(tried)
    raise Failure("no folder for the key is writable ({}): mount an emptyDir at {}".format(tried, FOLDERS[0]))


def check(path):
    """The certificate's bytes, if flux-core would accept them: it refuses much that keygen is happy to write."""
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode & 0o077:
        raise Failure("flux keygen wrote a certificate of mode {:04o}, which others may read".format(mode))
    with open(path, "rb") as file:
        content = file.read()
    section, keys = None, {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if len(line.encode()) > 250:
            raise Failure("line {} of the certificate of flux keygen is too long for flux-core".format(number))
        if not line.strip() or line.strip().startswith("#"):
            continue
        if not line[0].isspace():
            section = line.strip()
            continue
        found = CERTIFICATE_LINE.fullmatch(line)
        if not found or section not in ("metadata", "curve"):
            raise Failure("flux-core would refuse line {} of the certificate of flux keygen".format(number))
        if section == "curve":
            keys[found.group(1)] = found.group(2)
    for name in ("public-key", "secret-key"):
        if not re.fullmatch(Z85, keys.get(name, "")):
            raise Failure("the certificate of flux keygen has no usable {}".format(name))
    if len(keys) != 2:
        raise Failure("the certificate of flux keygen has more than a public and a secret key")
    return content


def make(note):
    # flux-core refuses a certificate with, for instance, an underscore in its name.
    note = re.sub(r"[^0-9A-Za-z.-]", "-", note)[:LONGEST_NOTE] or "flux"
    flux = os.environ.get("CERTIFICATE_FLUX", "flux")
    if not flux:
        return curve_key.certificate(note).encode()
    os.umask(0o077)
    with private_folder() as folder:
        path = os.path.join(folder, "curve.cert")
        command = [flux, "keygen", "--name=" + note, path]
        try:
            made = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=KEYGEN_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure("flux keygen didn't run ({})".format(type(error).__name__))
        if made.returncode != 0 or not os.path.exists(path):
            said = " ".join(made.stderr.decode("utf-8", "replace").split())[:400]
            raise Failure("flux keygen failed with exit code {}: {}".format(made.returncode, said))
        return check(path)


def explain(api, error, doing):
    """The sentence for an error that stayed."""
    where = "Secret {} in namespace {}".format(api.secret, api.namespace)
    if error.code == 0:
        server = "{} port {}".format(api.host, api.port)
        return "the API server at {} can't be reached from this pod ({})".format(server, error.message)
    if error.code == 401:
        return "the API server refuses the pod's service account token: does the account still exist?"
    if error.code == 403:
        rights = "a Role with the verbs get and patch on it, and a RoleBinding to the Job's service account"
        return "not allowed to {} the {}, which needs {} ({})".format(doing, where, rights, error.message)
    if error.code == 404:
        return "there is no {}: apply the Secret that was rendered with this Job, without data".format(where)
    return "the API server wouldn't {} the {}: HTTP {}, {}".format(doing, where, error.code, error.message)


def patience(error):
    """For how many seconds this error is worth another try."""
    if error.code in (401, 403, 404):
        return LATE_OBJECT_SECONDS
    if error.code in (0, 408, 409, 429) or error.code >= 500:
        return UNREACHABLE_SECONDS
    return 0.0


def main():
    # As process 1 of a container a signal without a handler would be ignored.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    secret = os.environ.get("CERTIFICATE_SECRET") or ""
    if not secret:
        raise Failure("CERTIFICATE_SECRET is not set: it names the Secret that gets the certificate")
    key = os.environ.get("CERTIFICATE_KEY") or "curve.cert"
    api = Api(secret)
    end = time.monotonic() + UNREACHABLE_SECONDS + LATE_OBJECT_SECONDS
    pause, certificate, code, since = FIRST_PAUSE_SECONDS, None, None, 0.0
    while True:
        doing = "get"
        try:
            seen = api.get()
            if (seen.get("data") or {}).get(key):
                return "the Secret {} has {} already, which is kept".format(secret, key)
            if certificate is None:
                certificate = make(os.environ.get("CERTIFICATE_NAME") or secret)
            doing = "patch"
            api.put(seen, key, certificate)
            return "the Secret {} has a new certificate in {}".format(secret, key)
        except ApiError as error:
            now = time.monotonic()
            if error.code != code:
                code, since = error.code, now
            if now + pause > min(since + patience(error), end):
                raise Failure(explain(api, error, doing))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


if __name__ == "__main__":
    try:
        print("minicluster: " + main())
    except Failure as failure:
        print("minicluster: {}".format(failure), file=sys.stderr)
        sys.exit(1)
