"""Downloads over HTTPS with nothing but the standard library: goes on where it was cut off, and checks what it got."""
import os
import ssl
import time
import urllib.error
import urllib.request

from content_node_base import BLOCK, Failure, explain, need_room, remove, sha256_of

SECONDS_WITHOUT_DATA = 60
PAUSES = (0, 2, 10, 30)
# A Python that was built elsewhere looks for certificates there.
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)


class SameHost(urllib.request.HTTPRedirectHandler):
    """Credentials stay with the host that they are for."""

    def redirect_request(self, request, file, code, message, headers, url):
        new = super().redirect_request(request, file, code, message, headers, url)
        if new is not None and new.host != request.host:
            new.headers.pop("Authorization", None)
        return new


def opener(proxy):
    context = ssl.create_default_context()
    if not context.get_ca_certs() and "SSL_CERT_FILE" not in os.environ:
        for certificates in CERTIFICATES:
            if os.path.exists(certificates):
                context.load_verify_locations(certificates)
                break
    for key in ("http", "https", "no"):
        # urllib itself looks only at the variables where it decides whether a host is behind the proxy.
        for name in (key + "_proxy", key.upper() + "_PROXY"):
            os.environ.pop(name, None)
        if proxy.get(key):
            os.environ[key + "_proxy"] = proxy[key]
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), SameHost())


def download(url, path, sha256, proxy, seconds):
    """Leaves nothing at the path but the whole file with this checksum."""
    part, end, problem = path + ".part", time.monotonic() + seconds, None
    for pause in PAUSES:
        if time.monotonic() + pause > end:
            break
        time.sleep(pause)
        try:
            fetch(url, part, proxy)
        except Failure as failure:
            problem = failure
            if failure.lasting:
                break
            continue
        if sha256_of(part) == sha256:
            os.replace(part, path)
            return
        problem = Failure("its sha256 is {}, not {}".format(sha256_of(part), sha256))
        remove(part)
    is_lasting = problem is not None and problem.lasting
    raise Failure("{} can't be downloaded on the lead's node: {}".format(url, problem or "no time is left"), is_lasting)


def fetch(url, part, proxy):
    start = os.path.getsize(part) if os.path.exists(part) else 0
    headers = {"User-Agent": "flux-distribute"}
    if start:
        headers["Range"] = "bytes={}-".format(start)
    try:
        with opener(proxy).open(urllib.request.Request(url, headers=headers), timeout=SECONDS_WITHOUT_DATA) as answer:
            store(answer, part, start if answer.getcode() == 206 else 0)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            # There is no more than what came before: the checksum tells.
            return
        is_lasting = 400 <= error.code < 500 and error.code not in (408, 425, 429)
        raise Failure("the server said {} {}".format(error.code, error.reason), is_lasting)
    except urllib.error.URLError as error:
        raise Failure(error.reason)
    except (OSError, ValueError) as error:
        raise explain(error) if getattr(error, "errno", None) else Failure(error)


def store(answer, part, start):
    length = answer.headers.get("Content-Length")
    if length is not None:
        need_room(os.path.dirname(part), int(length), "the download")
    with open(part, "r+b" if start else "wb") as file:
        file.seek(start)
        while True:
            data = answer.read(BLOCK)
            if not data:
                break
            file.write(data)
        got = file.tell() - start
    if length is not None and got != int(length):
        raise Failure("the connection was closed after {} of {} bytes".format(got, length))
