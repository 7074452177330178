"""Credentials of a registry for ctr, which takes them as an argument only, where everybody on the node could read them.

They go into a hosts.toml of a folder for root alone, as a header. Registries that hand out tokens (Docker Hub, GHCR)
take none but their own: the token is asked for here, as containerd's docker authorizer does it. ECR and others take
the user and the password themselves. The header doesn't follow redirects to other hosts (Go's net/http drops it).
"""
import contextlib
import json
import os
import re
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from content_node_base import CREDENTIALS, CREDENTIALS_PREFIX, Failure, forget_credentials
from content_node_download import opener

ANSWER_SECONDS = 30
HOSTS = """server = "{server}"

[host."{server}"]
  capabilities = ["pull", "resolve"]
  [host."{server}".header]
    Authorization = {header}
"""


@contextlib.contextmanager
def credentials_folder(content, registry, proxy):
    """A folder for ctr's --hosts-dir, or None without credentials."""
    if not registry:
        yield None
        return
    server = server_of(content["host"])
    header = authorization(server, content["repository"].split("/", 1)[1], registry, proxy)
    forget_credentials(content["key"])
    folder = private_folder(content["key"])
    try:
        os.mkdir(os.path.join(folder, content["host"]))
        with open(os.path.join(folder, content["host"], "hosts.toml"), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(HOSTS.format(server=server, header=json.dumps(header)))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def private_folder(key):
    for parent in CREDENTIALS:
        try:
            return tempfile.mkdtemp(prefix="{}{}-".format(CREDENTIALS_PREFIX, key), dir=parent)
        except OSError:
            continue
    raise Failure("there is no folder for the credentials of the registry on the lead's node", lasting=True)


def server_of(host):
    """As containerd has it: Docker Hub is elsewhere, and what is on this very node needs no TLS."""
    if host == "docker.io":
        return "https://registry-1.docker.io"
    name = host.rsplit(":", 1)[0]
    return ("http://" if name in ("localhost", "127.0.0.1", "[::1]") else "https://") + host


def authorization(server, repository, registry, proxy):
    """The value of the header that the registry wants to see."""
    basic = "Basic " + registry["basic"]
    try:
        opener(proxy).open(server + "/v2/", timeout=ANSWER_SECONDS).close()
        return basic
    except urllib.error.HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "")
        error.close()
        if error.code != 401:
            return basic
    except (OSError, ValueError) as error:
        raise Failure("the registry {} can't be reached ({})".format(server, getattr(error, "reason", error)))
    if not challenge.lower().startswith("bearer "):
        return basic
    return "Bearer " + token(challenge, repository, basic, proxy)


def token(challenge, repository, basic, proxy):
    said = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = said.get("realm", "")
    address = urllib.parse.urlsplit(realm)
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise Failure("the registry wants the password sent without TLS, to {}".format(realm or "nowhere"), True)
    query = {"scope": "repository:{}:pull".format(repository)}
    if "service" in said:
        query["service"] = said["service"]
    url = "{}{}{}".format(realm, "&" if address.query else "?", urllib.parse.urlencode(query))
    try:
        with opener(proxy).open(urllib.request.Request(url, headers={"Authorization": basic}), timeout=30) as answer:
            content = json.loads(answer.read().decode())
    except urllib.error.HTTPError as error:
        error.close()
        refused = error.code in (400, 401, 403)
        text = "{} refuses the credentials of the pull secret" if refused else "{} gave no token (HTTP {})"
        raise Failure(text.format(address.netloc, error.code), lasting=refused)
    except (OSError, ValueError) as error:
        raise Failure("no token can be had from {} ({})".format(address.netloc, getattr(error, "reason", error)))
    found = content.get("token") or content.get("access_token")
    if not isinstance(found, str):
        raise Failure("{} answered without a token".format(address.netloc))
    return found
