"""A CURVE certificate without Flux: an X25519 key pair (RFC 7748) in Z85 (ZeroMQ's RFC 32), as flux-core reads it.

Plain integers, whose running time tells something of the key to whoever can measure it to the microsecond: made once in
a pod of its own, there is nobody who could. Python 3.6 and its standard library only.
"""
import secrets
import struct

PRIME = 2**255 - 19
BASE_POINT = (9).to_bytes(32, "little")
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

TEXT = """#   CURVE certificate of a Flux instance; DO NOT DISTRIBUTE

metadata
    name = "{}"
curve
    public-key = "{}"
    secret-key = "{}"
"""


def x25519(secret, point=BASE_POINT):
    """The point that the secret leads to: 32 bytes each, as in RFC 7748, section 5 (the Montgomery ladder)."""
    scalar = int.from_bytes(secret, "little")
    scalar = (scalar & ~7 & (2**254 - 1)) | 2**254
    x1 = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for bit in reversed(range(255)):
        now = (scalar >> bit) & 1
        if swapped != now:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swapped = now
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % PRIME, b * b % PRIME, d * a % PRIME, c * b % PRIME
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % PRIME, x1 * (da - cb) ** 2 % PRIME
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")


def z85(content):
    """Four bytes as five printable characters."""
    text = ""
    for (group,) in struct.iter_unpack(">I", content):
        text += "".join(Z85[group // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return text


def certificate(name, secret=None):
    """The text of a certificate with a new key; the name may hold letters, digits, '-' and '.'."""
    secret = secrets.token_bytes(32) if secret is None else secret
    return TEXT.format(name, z85(x25519(secret)), z85(secret))
