"""A file from the web, whole or not at all: with a checksum, by proxy, tried again with growing pauses."""
import hashlib
import http.client
import os
import random
import re
import socket
import ssl
import time
import urllib.error
import urllib.request

from distribute_node import say

SECONDS_WITHOUT_DATA = 30
LONGEST_SECONDS = 900
TRIES = 6
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PIECE = 1 << 18
# Codes of a server that may say otherwise a moment later; the rest of 4xx is its last word.
PASSING = (408, 425, 429)


class DownloadError(Exception):
    """What a person reads, as one sentence."""


class Passing(Exception):
    """What may be over with the next try."""

    def __init__(self, text, pause=0.0):
        super().__init__(text)
        self.pause = pause


class WrongFile(Passing):
    """The file is whole, and another one."""


class NoWayDown(urllib.request.HTTPRedirectHandler):
    """A server of https may not send on to plain http."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if req.type == "https" and not newurl.lower().startswith("https:"):
            raise DownloadError("{} sends on to an address without https".format(without_user(req.full_url)))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Proxies(urllib.request.ProxyHandler):
    """The proxies of the settings, but for the hosts that need none."""

    def __init__(self, proxy):
        super().__init__({scheme: proxy[scheme] for scheme in ("http", "https") if proxy.get(scheme)})
        self.without = {"no": proxy.get("no") or ""}

    def proxy_open(self, req, proxy, type):
        if urllib.request.proxy_bypass_environment(req.host, self.without):
            return None
        return super().proxy_open(req, proxy, type)


def download(url, path, sha256, proxy=None, tick=None):
    """Brings the file to the path, unless it is there already; tick is called again and again meanwhile.

    What has come of a broken connection is kept beside it, and gone on with the next time.
    """
    sha256 = sha256.lower()
    if os.path.exists(path) and digest_of(path) == sha256:
        return
    opener = urllib.request.build_opener(
        Proxies(proxy or {}), NoWayDown(), urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    part, end, pause, wrong = path + ".part", time.monotonic() + LONGEST_SECONDS, FIRST_PAUSE, 0
    for attempt in range(1, TRIES + 1):
        try:
            go_on(opener, url, part, end, tick or (lambda: None))
            verify(part, sha256)
            os.replace(part, path)
            return
        except OSError:
            # The disk is full, for instance: this is not to make it worse.
            if os.path.exists(part):
                os.remove(part)
            raise
        except Passing as problem:
            wrong += isinstance(problem, WrongFile)
            wait = max(pause * random.uniform(0.75, 1.25), min(problem.pause, LONGEST_PAUSE))
            # A wrong file may have been the rest of an older one; the second time it is what the server has.
            if attempt == TRIES or wrong == 2 or time.monotonic() + wait > end:
                raise DownloadError("can't download {}: {}".format(without_user(url), problem))
            say("can't download {} ({}): trying again in {:.0f} s".format(without_user(url), problem, wait))
        rest(wait, tick)
        pause = min(2 * pause, LONGEST_PAUSE)


def go_on(opener, url, part, end, tick):
    """Appends what is missing of the file."""
    have = os.path.getsize(part) if os.path.exists(part) else 0
    request = urllib.request.Request(url, headers={"User-Agent": "flux-distribute"})
    if have:
        request.add_header("Range", "bytes={}-".format(have))
    try:
        with opener.open(request, timeout=SECONDS_WITHOUT_DATA) as response:
            # A server that knows no ranges sends all of it again.
            goes_on = response.status == 206
            expected = response.headers.get("Content-Length")
            with open(part, "ab" if goes_on else "wb") as file:
                came = copy(response, file, end, tick)
    except urllib.error.HTTPError as error:
        refused(error, part)
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise DownloadError(
                "can't download {}: its certificate is not trusted ({}); name a bundle of certificates by "
                "SSL_CERT_FILE".format(without_user(url), error.reason.verify_message)
            )
        raise Passing(error.reason)
    except (http.client.HTTPException, ssl.SSLError, ConnectionError, socket.timeout) as error:
        raise Passing("{}: {}".format(type(error).__name__, error))
    if expected is not None and expected.isdigit() and came < int(expected):
        raise Passing("the connection was closed after {} of {} bytes".format(came, expected))


def refused(error, part):
    """What an answer of the server that is no file means."""
    error.close()
    text = "the server said {} {}".format(error.code, error.reason)
    if error.code == 416:
        # What is there is longer than the file: it is another one.
        os.remove(part)
        raise Passing(text)
    if error.code in PASSING or error.code >= 500:
        after = error.headers.get("Retry-After") or ""
        raise Passing(text, float(after) if after.isdigit() else 0.0)
    raise DownloadError("can't download {}: {}".format(without_user(error.url), text))


def copy(response, file, end, tick):
    came = 0
    while True:
        # What is there by now: a server that sends a byte a second doesn't hold this up.
        piece = response.read1(PIECE)
        if not piece:
            file.flush()
            os.fsync(file.fileno())
            return came
        file.write(piece)
        came += len(piece)
        tick()
        if time.monotonic() > end:
            raise Passing("it takes longer than {} s".format(LONGEST_SECONDS))


def verify(part, sha256):
    found = digest_of(part)
    if found != sha256:
        os.remove(part)
        raise WrongFile("its checksum is sha256 {}, not {}".format(found, sha256))


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def without_user(url):
    """The address as it may be shown: without a name and password in it."""
    return re.sub(r"//[^/@]*@", "//", url)


def rest(seconds, tick=None):
    """Waits, and calls tick every second."""
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return
        if tick:
            tick()
        time.sleep(min(left, 1.0))
