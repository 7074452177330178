#!/usr/bin/env python3
"""What a node asks of AWS: its own metadata (IMDSv2), parameters, secrets, objects, tags of its own, and signals.

Requests are signed here (Signature Version 4) with the credentials of the instance's role, so that a node needs neither
AWS' command line nor its libraries. What is read here may be secret: it is never in an argument, a log or an error.

    aws_api.py metadata PATH              prints what IMDS says, `instance-id` for example
    aws_api.py parameter NAME             prints the value of a parameter; exit code 3 if there is none
    aws_api.py put-parameter NAME         writes standard input to a parameter that is there already
    aws_api.py secret ARN                 prints the value of a secret
    aws_api.py object BUCKET KEY          prints an object of S3
    aws_api.py tag KEY=VALUE...           sets tags of this instance
    aws_api.py signal URL-FILE            sends standard input (JSON) to a wait condition; the URL is in that file

FLUX_USERNETES_IMDS      address of the metadata service, http://169.254.169.254 if it isn't set
FLUX_USERNETES_ENDPOINT  address for all services, instead of their own
FLUX_USERNETES_PAUSE     seconds before the second try; every further pause is twice as long
"""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

IMDS = "http://169.254.169.254"
TRIES, FIRST_PAUSE, LONGEST_PAUSE = 6, 1.0, 20.0
# Seconds: for one answer of the metadata service, which is on the same host, and of any other one.
METADATA_SECONDS, ANSWER_SECONDS = 5, 30
PASSING = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "InternalFailure", "InternalError")
PASSING += ("InternalServerError", "ServiceUnavailable", "RequestTimeout", "TooManyUpdates")
NOT_FOUND = 3


class AwsError(Exception):
    """What a person reads, as one sentence. `code` is that of the service, or a number of HTTP, or `unreachable`."""

    def __init__(self, text, code=""):
        super().__init__(text)
        self.code = str(code)
        # Will it be the same whenever it is asked again?
        self.is_final = False

    @property
    def is_missing(self):
        return self.code in ("ParameterNotFound", "ResourceNotFoundException", "NoSuchKey", "404")

    @property
    def is_refused(self):
        return "Denied" in self.code or "Unauthorized" in self.code or self.code in ("401", "403")


class Passing(Exception):
    """What may be over with the next try."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


class Refusal(Exception):
    """The last word of a service."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


# ---- Signature Version 4 ----


def sign(method, url, headers, body, service, region, credentials, now):
    """The headers of a request with its signature among them. `credentials` is (key id, key, session token or None).

    Header names are in lower case; the path of the URL is encoded already, as it is sent.
    """
    parts = urllib.parse.urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed.update({"host": parts.netloc, "x-amz-date": stamp})
    digest = hashlib.sha256(body).hexdigest()
    if service == "s3":
        signed["x-amz-content-sha256"] = digest
    key_id, key, token = credentials
    if token:
        signed["x-amz-security-token"] = token
    names = ";".join(sorted(signed))
    # S3 takes the path as it is; all others encode it once more.
    path = parts.path or "/"
    canonical = [method, path if service == "s3" else encode(path, "/"), canonical_query(parts.query)]
    canonical += ["{}:{}".format(name, signed[name]) for name in sorted(signed)] + ["", names, digest]
    scope = "/".join((stamp[:8], region, service, "aws4_request"))
    request = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    for word in scope.split("/"):
        key = hmac.new(key if isinstance(key, bytes) else b"AWS4" + key.encode(), word.encode(), "sha256").digest()
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, request))
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    signed["authorization"] = "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}".format(
        key_id, scope, names, signature
    )
    return signed


def encode(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-_.~")


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return "&".join("{}={}".format(*pair) for pair in sorted((encode(name), encode(value)) for name, value in pairs))


# ---- requests ----


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signature holds for one address only."""

    def redirect_request(self, *_):
        return None


def send(method, url, headers, body, seconds, through_proxy=True):
    """The answer's body; Passing or Refusal otherwise."""
    # No variable of the environment may send requests for credentials elsewhere.
    proxies = [] if through_proxy else [urllib.request.ProxyHandler({})]
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.build_opener(NoRedirect(), *proxies).open(request, timeout=seconds) as response:
            return response.read()
    except urllib.error.HTTPError as error:
        with error:
            text = error.read(65536).decode(errors="replace")
        code, told = problem_in(text)
        code = code or str(error.code)
        told = "{} {}".format(code, told).strip()
        if error.code >= 500 or error.code in (408, 429) or any(word in code for word in PASSING):
            raise Passing(told, code)
        raise Refusal(code, told)
    except urllib.error.URLError as error:
        raise Passing("no answer: {}".format(error.reason), "unreachable")
    except (http.client.HTTPException, OSError, ssl.SSLError) as error:
        raise Passing("no answer: {}".format(error or type(error).__name__), "unreachable")


def problem_in(text):
    """Code and message of an error of AWS, in JSON or XML."""
    try:
        answer = json.loads(text)
        code = str(answer.get("__type") or answer.get("code") or "").rpartition("#")[2]
        return code, " ".join(str(answer.get("message") or answer.get("Message") or "").split())[:300]
    except (ValueError, AttributeError):
        pass
    try:
        found = {}
        for element in xml.etree.ElementTree.fromstring(text).iter():
            found.setdefault(element.tag.rpartition("}")[2], " ".join((element.text or "").split()))
        return found.get("Code", ""), found.get("Message", "")[:300]
    except xml.etree.ElementTree.ParseError:
        return "", ""


def insist(doing, attempt, tries=TRIES):
    """Calls `attempt` until it answers; `doing` is what a person is told that it was to do."""
    pause = float(os.environ.get("FLUX_USERNETES_PAUSE") or FIRST_PAUSE)
    for number in range(1, tries + 1):
        try:
            return attempt()
        except Refusal as problem:
            why = AwsError("can't {}: {}".format(doing, problem), problem.code)
            if why.is_refused:
                why = AwsError("can't {}: the role of this instance may not ({})".format(doing, problem), problem.code)
            why.is_final = True
            raise why from None
        except Passing as problem:
            if number == tries:
                raise AwsError("can't {}, tried {} times: {}".format(doing, tries, problem), problem.code) from None
        time.sleep(pause * random.uniform(0.75, 1.25))
        pause = min(2 * pause, LONGEST_PAUSE)


# ---- the instance's own metadata ----


class Node:
    """This instance, and what it asks of services with the credentials of its role."""

    def __init__(self, tries=TRIES):
        self.tries = tries
        self.imds = os.environ.get("FLUX_USERNETES_IMDS") or IMDS
        self.endpoint = os.environ.get("FLUX_USERNETES_ENDPOINT")
        self.token, self.known = None, {}

    def metadata(self, path):
        """What IMDS says at this path below latest/meta-data; AwsError with code 404 if there is no such thing."""
        return insist("ask the metadata service for {}".format(path), lambda: self.ask_metadata(path), self.tries)

    def ask_metadata(self, path):
        if self.token is None:
            headers = {"x-aws-ec2-metadata-token-ttl-seconds": "21600"}
            url = self.imds + "/latest/api/token"
            self.token = send("PUT", url, headers, b"", METADATA_SECONDS, through_proxy=False).decode()
        headers = {"x-aws-ec2-metadata-token": self.token}
        url = "{}/latest/meta-data/{}".format(self.imds, path)
        try:
            return send("GET", url, headers, None, METADATA_SECONDS, through_proxy=False).decode()
        except Refusal as problem:
            self.token = None
            if problem.code == "401":
                raise Passing("the token has expired", problem.code)
            raise

    def fact(self, path):
        """The same as long as the instance lives."""
        if path not in self.known:
            self.known[path] = self.metadata(path).strip()
        return self.known[path]

    @property
    def region(self):
        return self.fact("placement/region")

    def credentials(self):
        """Those of now: they are renewed long before they expire."""
        folder = "iam/security-credentials/"
        try:
            role = self.metadata(folder).split()[0]
            found = json.loads(self.metadata(folder + role))
            return found["AccessKeyId"], found["SecretAccessKey"], found.get("Token")
        except (AwsError, IndexError, KeyError, ValueError) as problem:
            if isinstance(problem, AwsError) and not problem.is_missing:
                raise
            raise AwsError("this instance has no role: it can't ask AWS for anything", "no-role") from None

    # ---- services ----

    def call(self, doing, service, method, url, headers, body):
        def attempt():
            now = datetime.datetime.now(datetime.timezone.utc)
            signed = sign(method, url, headers, body, service, self.region_of(url), self.credentials(), now)
            return send(method, url, signed, body or None, ANSWER_SECONDS)

        return insist(doing, attempt, self.tries)

    def region_of(self, url):
        """Most often this one; a secret may be in another."""
        found = re.search(r"//[a-z0-9.-]+\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.", url)
        return found.group(1) if found else self.region

    def address(self, service, region=None):
        if self.endpoint:
            return self.endpoint
        return "https://{}.{}.{}".format(service, region or self.region, self.fact("services/domain"))

    def ask_json(self, doing, service, target, request, region=None):
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
        url = self.address(service, region) + "/"
        answer = self.call(doing, service, "POST", url, headers, json.dumps(request).encode())
        return json.loads(answer or b"{}")

    def parameter(self, name):
        request = {"Name": name, "WithDecryption": True}
        doing = "read the parameter {}".format(name)
        return self.ask_json(doing, "ssm", "AmazonSSM.GetParameter", request)["Parameter"]["Value"]

    def put_parameter(self, name, value):
        """Gives a parameter that is there already another value; its type and key stay as they are."""
        # The tier that parameters which nodes write are made with: a smaller value would ask for another one.
        request = {"Name": name, "Value": value, "Overwrite": True, "Tier": "Advanced"}
        self.ask_json("write the parameter {}".format(name), "ssm", "AmazonSSM.PutParameter", request)

    def secret(self, arn):
        """The text of a secret of Secrets Manager."""
        region = arn.split(":")[3] if arn.count(":") >= 6 else None
        doing = "read the secret {}".format(arn)
        request = {"SecretId": arn}
        answer = self.ask_json(doing, "secretsmanager", "secretsmanager.GetSecretValue", request, region)
        if "SecretString" not in answer:
            raise AwsError("the secret {} is binary: store it as text".format(arn), "binary")
        return answer["SecretString"]

    def object(self, bucket, key):
        path = encode(key, "/")
        if self.endpoint or "." in bucket:
            url = "{}/{}/{}".format(self.address("s3"), bucket, path)
        else:
            url = "https://{}.s3.{}.{}/{}".format(bucket, self.region, self.fact("services/domain"), path)
        return self.call("fetch s3://{}/{}".format(bucket, key), "s3", "GET", url, {}, b"")

    def tag(self, tags):
        """Sets tags of this instance."""
        form = [("Action", "CreateTags"), ("Version", "2016-11-15"), ("ResourceId.1", self.fact("instance-id"))]
        for number, (key, value) in enumerate(sorted(tags.items()), 1):
            form.append(("Tag.{}.Key".format(number), key))
            form.append(("Tag.{}.Value".format(number), tag_value(value)))
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        body = urllib.parse.urlencode(form, quote_via=urllib.parse.quote).encode()
        self.call("tag this instance", "ec2", "POST", self.address("ec2") + "/", headers, body)


def tag_value(text):
    """EC2 takes letters, digits, spaces and a few signs, 256 of them."""
    return " ".join(re.sub(r"[^A-Za-z0-9 _.:/=+@-]", " ", text).split())[:255]


def send_signal(url, document, tries=TRIES):
    """Tells a wait condition of CloudFormation. Its URL is a secret of a kind: who has it can signal."""
    # The presigned URL holds for an empty content type only.
    headers = {"Content-Type": ""}
    body = json.dumps(document).encode()
    insist("signal the wait condition", lambda: send("PUT", url, headers, body, ANSWER_SECONDS), tries)


# ---- command line ----


def main(words):
    command, arguments = (words[0] if words else ""), words[1:]
    node = Node(int(os.environ.get("FLUX_USERNETES_TRIES") or TRIES))
    if command == "metadata" and len(arguments) == 1:
        sys.stdout.write(node.metadata(arguments[0]))
    elif command == "parameter" and len(arguments) == 1:
        sys.stdout.write(node.parameter(arguments[0]))
    elif command == "put-parameter" and len(arguments) == 1:
        node.put_parameter(arguments[0], sys.stdin.read())
    elif command == "secret" and len(arguments) == 1:
        sys.stdout.write(node.secret(arguments[0]))
    elif command == "object" and len(arguments) == 2:
        sys.stdout.buffer.write(node.object(*arguments))
    elif command == "tag" and arguments and all("=" in word for word in arguments):
        node.tag(dict(word.split("=", 1) for word in arguments))
    elif command == "signal" and len(arguments) == 1:
        with open(arguments[0], encoding="utf-8") as file:
            send_signal(file.read().strip(), json.load(sys.stdin), node.tries)
    else:
        print("usage: aws_api.py metadata|parameter|put-parameter|secret|object|tag|signal ...", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except AwsError as problem:
        print(problem, file=sys.stderr)
        sys.exit(NOT_FOUND if problem.is_missing else 1)
