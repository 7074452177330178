"""Downloads a URL to a file with nothing but the standard library: staging-download.py URL FILE."""

import os
import shutil
import ssl
import sys
import urllib.error
import urllib.request

# A Python that was built elsewhere looks for certificates there.
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)
SECONDS_WITHOUT_DATA = 60


def main(url, file):
    context = ssl.create_default_context()
    if not context.get_ca_certs() and "SSL_CERT_FILE" not in os.environ:
        for certificates in CERTIFICATES:
            if os.path.exists(certificates):
                context.load_verify_locations(certificates)
                break
    request = urllib.request.Request(url, headers={"User-Agent": "minicluster"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_WITHOUT_DATA, context=context) as response:
            expected = response.headers.get("Content-Length")
            with open(file, "wb") as target:
                shutil.copyfileobj(response, target, 1 << 20)
                size = target.tell()
        if expected is not None and size != int(expected):
            sys.exit(f"the connection was closed after {size} of {expected} bytes")
    except urllib.error.HTTPError as error:
        sys.exit(f"the server said {error.code} {error.reason}")
    except urllib.error.URLError as error:
        sys.exit(str(error.reason))
    except OSError as error:
        sys.exit(error.strerror or str(error))


main(*sys.argv[1:])
