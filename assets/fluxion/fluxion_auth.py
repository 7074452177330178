"""Who may speak to the controller: whoever holds the cluster's CURVE certificate, which all containers have.

A key made from the certificate's secret key (HKDF, RFC 5869) signs each request and each answer
(HMAC-SHA256); the secret key itself, and what is made from it, never leave the pod. Requests and answers can
be read on the pod network.
"""

import hashlib
import hmac
import os
import re
import threading
import time

from fluxion_pod import Failure

SCHEME = "MiniCluster"
# Seconds by which clocks may differ, and for which what was seen is remembered.
WINDOW = 60
MOST_SEEN = 100000
HEADER = re.compile(SCHEME + r" time=(\d{1,12}),nonce=([0-9a-f]{32}),signature=([0-9a-f]{64})")
SECRET = re.compile(r"""\s+secret-key\s*=\s*"([0-9A-Za-z.\-:+=^!/*?&<>()\[\]{}@%$#]{40})"\s*""")


class Keys:
    def __init__(self, path):
        try:
            with open(path, "rb") as file:
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError as error:
            raise Failure("can't read the certificate {}: {}".format(path, error.strerror))
        secrets = [found.group(1) for found in map(SECRET.fullmatch, lines) if found]
        if len(secrets) != 1:
            raise Failure("the certificate {} has no secret key".format(path))
        extracted = sign(b"flux-framework-constructs", secrets[0].encode())
        self.request = bytes.fromhex(sign(bytes.fromhex(extracted), b"fluxion-controller request\x01"))
        self.answer = bytes.fromhex(sign(bytes.fromhex(extracted), b"fluxion-controller answer\x01"))

    def authorize(self, method, path, body):
        """The header of a request, and its nonce, with which the answer is signed."""
        when, nonce = str(int(time.time())), os.urandom(16).hex()
        signature = sign(self.request, request_text(method, path, when, nonce, body))
        return "{} time={},nonce={},signature={}".format(SCHEME, when, nonce, signature), nonce

    def sign_answer(self, nonce, status, body):
        return sign(self.answer, answer_text(nonce, status, body))

    def is_answer(self, signature, nonce, status, body):
        return hmac.compare_digest(signature.encode("latin1"), self.sign_answer(nonce, status, body).encode())


class Guard:
    """Lets each request in once."""

    def __init__(self, keys):
        self.keys = keys
        self.seen = {}
        self.lock = threading.Lock()

    def admit(self, header, method, path, body):
        """The nonce of a request whose signature is right; it may be refused yet, by a signed answer."""
        found = HEADER.fullmatch(header or "")
        if not found:
            return None
        when, nonce, signature = found.groups()
        expected = sign(self.keys.request, request_text(method, path, when, nonce, body))
        return nonce if hmac.compare_digest(signature, expected) else None

    def check(self, header):
        """Is it new? For one with a right signature."""
        when, nonce, _ = HEADER.fullmatch(header).groups()
        now = time.time()
        late = now - int(when)
        if abs(late) > WINDOW:
            words = "the clock of this container and that of the controller differ by {} s, and may by {}"
            raise Failure(words.format(int(abs(late)), WINDOW), 401)
        with self.lock:
            if len(self.seen) >= MOST_SEEN:
                self.seen = {old: until for old, until in self.seen.items() if until > now}
            if nonce in self.seen and self.seen[nonce] > now:
                raise Failure("this request has been seen before", 401)
            if len(self.seen) >= MOST_SEEN:
                raise Failure("there are too many requests at a time", 503)
            self.seen[nonce] = int(when) + WINDOW + 1


def sign(key, text):
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def request_text(method, path, when, nonce, body):
    return "\n".join(("request", method, path, when, nonce, hashlib.sha256(body).hexdigest())).encode()


def answer_text(nonce, status, body):
    return "\n".join(("answer", nonce, str(status), hashlib.sha256(body).hexdigest())).encode()
