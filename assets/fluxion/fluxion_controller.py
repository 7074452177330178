#!/usr/bin/env python3
"""Shares a cluster's cores among the Flux instances of its applications, by Fluxion's resource graph.

  fluxion_controller.py start               on the pod of the lead brokers, in the queue's container
  fluxion_controller.py submit --app lammps [-N hosts] [-n tasks] [-c cores] [--wait] [--] lmp ...
  fluxion_controller.py jobs [--json]
  fluxion_controller.py cancel JOB...       these in any container of any pod

A job gets its cores from Fluxion, and is submitted to its application's Flux instance with exactly these
(alloc-bypass). When it is inactive there, whatever its end was, its cores go to those that wait, first come,
first served.

MINICLUSTER_ROOT             folder that all containers of the pod share (default /mnt/flux)
MINICLUSTER_CERTIFICATE      the cluster's CURVE certificate, of which keys for requests are made
                             (default /flux-certificate/curve.cert)
MINICLUSTER_CONTROLLER_PORT  port of the controller (default 5000); it listens at the address of $HOSTNAME
MINICLUSTER_CONTROLLER       host:port at which clients find it (default: that port of MINICLUSTER_LEAD)
MINICLUSTER_CONTROLLER_WAIT  seconds for which clients wait for a controller that is started anew (default 30)
MINICLUSTER_FLUXION_SERVICE          host:port of the Fluxion service (start)
MINICLUSTER_FLUXION_WAIT     seconds to wait for the service and for the queue's broker (start; default 300)
MINICLUSTER_HOSTS            host list (RFC 29), for an R without host names (start)

Needs Python 3.9 and its standard library; start needs the client of the Fluxion service too.
"""

import argparse
import sys

# The folder of the scripts can't be written in a pod.
sys.dont_write_bytecode = True


def options(arguments):
    parser = argparse.ArgumentParser(
        prog="fluxion_controller.py", description="share cores among applications"
    )
    commands = parser.add_subparsers(dest="verb", required=True, metavar="start|submit|jobs|cancel")
    commands.add_parser("start", help="run the controller")
    submit = commands.add_parser("submit", help="run a command in an application's containers")
    submit.add_argument("--app", "--container", required=True, metavar="NAME", help="the application")
    submit.add_argument("-n", "--ntasks", type=count, metavar="N", help="tasks (default 1)")
    submit.add_argument(
        "-c", "--cores-per-task", type=count, metavar="N", help="cores of each task (default 1)"
    )
    submit.add_argument(
        "-N", "--nodes", type=count, metavar="N", help="hosts, for tasks that are spread evenly"
    )
    submit.add_argument("--cpu", type=count, metavar="N", help="one task of N cores")
    submit.add_argument(
        "--cwd", "--workdir", metavar="PATH", help="working directory (default: the container's)"
    )
    submit.add_argument("--env", action="append", default=[], metavar="NAME[=VALUE]", help="adds a variable")
    submit.add_argument("--wait", action="store_true", help="show the output and take over the exit code")
    submit.add_argument("command", nargs=argparse.REMAINDER, metavar="[--] COMMAND...")
    jobs = commands.add_parser("jobs", help="list jobs")
    jobs.add_argument("--json", action="store_true", help="all that is known, as JSON")
    jobs.add_argument("--app", "-c", "--container", metavar="NAME", help="only of this application")
    cancel = commands.add_parser("cancel", help="end jobs")
    cancel.add_argument("jobs", nargs="+", type=count, metavar="JOB")
    chosen = parser.parse_args(arguments)
    if chosen.verb == "submit":
        if chosen.command[:1] == ["--"]:
            chosen.command = chosen.command[1:]
        if not chosen.command:
            submit.error("a command is missing")
    return chosen


def count(text):
    if not text.isdigit() or not 0 < int(text) <= 1 << 53:
        raise argparse.ArgumentTypeError("not a number of at least 1: {}".format(text))
    return int(text)


def main():
    chosen = options(sys.argv[1:])
    if chosen.verb == "start":
        from fluxion_start import start

        return start()
    # Images of applications need nothing of what start needs.
    import fluxion_client

    verbs = {
        "submit": fluxion_client.submit,
        "jobs": fluxion_client.list_jobs,
        "cancel": fluxion_client.cancel,
    }
    return fluxion_client.run(verbs[chosen.verb], chosen)


if __name__ == "__main__":
    sys.exit(main())
