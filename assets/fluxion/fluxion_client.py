"""What users type: submit, jobs, cancel, in any container of any pod."""

import http.client
import json
import os
import subprocess
import sys
import time

from fluxion_auth import Keys
from fluxion_graph import count_of
from fluxion_pod import CERTIFICATE, MOST_BODY, Failure, applications, controller_port, say, seconds

# Seconds: for a controller that is started anew, for one request, and between two looks at a job.
REACH_SECONDS, REQUEST_SECONDS, FIRST_LOOK, LAST_LOOK = 30, 40, 0.1, 1


class Controller:
    def __init__(self):
        self.keys = Keys(CERTIFICATE)
        self.host, self.port = controller_address()
        self.patience = seconds("MINICLUSTER_CONTROLLER_WAIT", REACH_SECONDS)

    def ask(self, method, path, content=None):
        """Asks until the controller answers: what it is asked for has the same effect twice as once."""
        body = b"" if content is None else json.dumps(content).encode()
        if len(body) > MOST_BODY:
            raise Failure(
                "command and environment have {} bytes, and may have {}".format(len(body), MOST_BODY)
            )
        deadline, has_said = time.monotonic() + self.patience, False
        while True:
            try:
                return self.try_to_ask(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
            if time.monotonic() > deadline:
                words = "the controller at {} port {} doesn't answer ({}): does the lead's pod run?"
                raise Failure(words.format(self.host, self.port, cause))
            if not has_said:
                say("waits for the controller at {} port {} ({})".format(self.host, self.port, cause))
            has_said = True
            time.sleep(min(0.5, self.patience))

    def try_to_ask(self, method, path, body):
        header, nonce = self.keys.authorize(method, path, body)
        # http.client knows no proxies, as it should be.
        connection = http.client.HTTPConnection(self.host, self.port, timeout=REQUEST_SECONDS)
        try:
            headers = {"Authorization": header}
            connection.request(method, path, body if method == "POST" else None, headers)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        place = "{} port {}".format(self.host, self.port)
        if not self.keys.is_answer(response.headers.get("Signature") or "", nonce, response.status, data):
            if response.status == 401:
                raise Failure(
                    "the controller at {} has another certificate than this container".format(place)
                )
            raise Failure(
                "what answers at {} is not this cluster's controller (HTTP {})".format(place, response.status)
            )
        answer = json.loads(data.decode("utf-8"))
        if response.status != 200:
            raise Failure(answer["error"])
        return answer


def controller_address():
    text = os.environ.get("MINICLUSTER_CONTROLLER") or ""
    host, colon, port = text.rpartition(":")
    if text and not (colon and host and port.isdigit()):
        raise Failure("MINICLUSTER_CONTROLLER is no host:port: {}".format(text))
    if not text:
        host, port = os.environ.get("MINICLUSTER_LEAD") or "", controller_port()
    if not host:
        raise Failure("neither MINICLUSTER_CONTROLLER nor MINICLUSTER_LEAD says where the controller is")
    return host.strip("[]"), int(port)


def submit(options):
    request = {"application": options.app, "command": options.command, "key": os.urandom(16).hex()}
    if options.cpu is not None:
        if options.ntasks or options.cores_per_task or options.nodes:
            raise Failure("--cpu N is one task of N cores: use -n, -c and -N together instead")
        request.update(tasks=1, cores_per_task=options.cpu)
    else:
        request.update(tasks=options.ntasks, cores_per_task=options.cores_per_task, nodes=options.nodes)
    request.update(cwd=options.cwd, environment=read_environment(options.env))
    controller = Controller()
    number = controller.ask("POST", "/submit", request)["job"]["number"]
    print(number, flush=True)
    return wait(controller, number) if options.wait else 0


def read_environment(settings):
    environment = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals and name not in os.environ:
            raise Failure("--env {}: there is no such variable, write --env NAME=VALUE".format(name))
        environment[name] = value if equals else os.environ[name]
    return environment


def wait(controller, number):
    """Shows the job's output, and gives its exit code."""
    job, pause, is_shown = {"state": "waiting"}, FIRST_LOOK, False
    while job["state"] != "ended":
        time.sleep(pause)
        pause = min(LAST_LOOK, pause * 1.5)
        job = controller.ask("GET", "/jobs/{}".format(number))["job"]
        if job["flux"] and not is_shown:
            is_shown = attach(job)
            pause = FIRST_LOOK
    if job["result"] != "completed":
        code = "" if job["code"] is None else ", exit code {}".format(job["code"])
        note = ": " + job["note"] if job["note"] else ""
        say("job {} of {} is {}{}{}".format(number, job["application"], job["result"], code, note))
    if job["code"] is not None:
        return job["code"]
    return 0 if job["result"] == "completed" else 1


def attach(job):
    """By the application's own broker of this pod, which all containers reach."""
    target = applications().get(job["application"])
    if target is None or not os.path.exists(target.socket):
        say(
            "output is in the Flux instance of {}: flux job attach {}".format(job["application"], job["flux"])
        )
        return True
    environment = dict(os.environ, FLUX_URI=target.uri)
    # Interrupts are for this program: the job goes on, as after a submit without --wait.
    subprocess.run(["flux", "job", "attach", "--read-only", job["flux"]], env=environment, check=False)
    return True


def list_jobs(options):
    jobs = Controller().ask("GET", "/jobs")["jobs"]
    if options.app:
        jobs = [job for job in jobs if job["application"] == options.app]
    if options.json:
        print(json.dumps({"jobs": jobs}, indent=2))
        return 0
    rows = [("JOB", "APPLICATION", "STATE", "CODE", "TASKS", "CORES", "HOSTS", "COMMAND")]
    for job in jobs:
        state = job["result"] if job["state"] == "ended" else job["state"]
        code = "" if job["code"] is None else job["code"]
        hosts = job["hosts"][0] if len(job["hosts"]) == 1 else count_of(len(job["hosts"]), "host")
        cells = (
            job["number"],
            job["application"],
            state,
            code,
            job["tasks"],
            job["ncores"],
            hosts if job["hosts"] else "",
        )
        rows.append(
            tuple(map(str, cells)) + (job["command"] + (" ({})".format(job["note"]) if job["note"] else ""),)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[-1]]).rstrip())
    return 0


def cancel(options):
    controller = Controller()
    for number in options.jobs:
        controller.ask("POST", "/cancel", {"number": number})
    return 0


def run(command, options):
    try:
        return command(options)
    except Failure as problem:
        say(problem)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
    return 1
