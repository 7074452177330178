"""The command line."""
import argparse
import os
import sys

import usernetes_jobs
import usernetes_user
from usernetes_flux import FINE, Flux
from usernetes_make import Make
from usernetes_node import Node, own_rank
from usernetes_problem import Problem, complain, say, stop
from usernetes_settings import Settings
from usernetes_system import System
from usernetes_workdir import Workdir


def main(words):
    os.umask(0o077)
    try:
        arguments = parser().parse_args(words)
        return arguments.run(Settings(), arguments) or 0
    except Problem as problem:
        complain(str(problem))
        return problem.code
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except OSError as error:
        complain("{} ({})".format(error.strerror or error, error.filename or "no file"))
        return 1


def parser():
    text = "User-space Kubernetes on the nodes of a Flux instance."
    top = argparse.ArgumentParser(prog="usernetes", description=text)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_for_users(commands)
    add_by_hand(commands)
    add_for_flux(commands)
    return top


def add(commands, name, help, run):
    command = commands.add_parser(name, help=help, description=help)
    command.set_defaults(run=run)
    return command


def add_for_users(commands):
    run = lambda settings, given: usernetes_user.print_attributes(settings, given.names)  # noqa: E731
    attr = add(commands, "attr", "print where the Kubernetes of this job is", run)
    run = lambda settings, given: usernetes_user.print_environment(settings, given.names)  # noqa: E731
    env = add(commands, "env", "the same as lines for a shell: eval $(usernetes env kubeconfig)", run)
    for command in (attr, env):
        command.add_argument("names", nargs="*", metavar="kubeconfig|workdir", type=attribute_name)
    run = lambda settings, _: usernetes_user.status(settings)  # noqa: E731
    add(commands, "status", "which job has which slot, ports and nodes", run)


def attribute_name(text):
    if text not in ("kubeconfig", "workdir"):
        raise argparse.ArgumentTypeError("{!r} is neither kubeconfig nor workdir".format(text))
    return text


def add_by_hand(commands):
    def start(settings, given):
        if given.worker_count is None and not given.serial:
            raise Problem("start-control-plane needs --worker-count, or --serial to wait for no workers")
        usernetes_user.start_control_plane(settings, given.workdir, given.worker_count, given.serial)

    lead = add(commands, "start-control-plane", "make a control plane on this node", start)
    lead.add_argument("--serial", action="store_true", help="wait for no workers")
    lead.add_argument("--all", action="store_true", help=argparse.SUPPRESS)
    worker = add(
        commands,
        "start-worker",
        "let this node join, with the join-command in the folder",
        lambda settings, given: usernetes_user.start_worker(settings, given.workdir),
    )
    wait = add(
        commands,
        "wait-workers",
        "wait until so many workers are ready",
        lambda settings, given: usernetes_user.wait_workers(settings, given.workdir, given.worker_count),
    )
    down = add(
        commands,
        "down",
        "remove container, network and volumes on this node",
        lambda settings, given: usernetes_user.down(settings, given.workdir),
    )
    clean = add(
        commands,
        "clean",
        "remove what a job has kept or left, or all that is in a folder",
        lambda settings, given: usernetes_user.clean(settings, given.workdir, given.all, given.job, given.stale),
    )
    clean.add_argument("--all", action="store_true", help="the folder too")
    clean.add_argument("--job", metavar="ID", help="what this job has kept (usernetes_debug) or could not remove")
    clean.add_argument("--stale", action="store_true", help="what jobs have left that ended while Flux was shut down")
    for command in (lead, worker, wait, down, clean):
        command.add_argument("--workdir", help="folder of usernetes (default: that of system mode)")
    for command, required in ((lead, False), (wait, True)):
        command.add_argument("--worker-count", type=int, required=required, help="nodes beside the control plane")


def add_for_flux(commands):
    add(commands, "system", "(boot) this node's part of the Kubernetes over all nodes", lambda s, _: System(s).run())
    add(commands, "job-prolog", "(Flux) before a job", lambda settings, _: usernetes_jobs.prolog(settings))
    add(commands, "job-epilog", "(Flux) after a job", lambda settings, _: usernetes_jobs.epilog(settings))
    node = add(commands, "node", "(prolog, epilog, boot) one step on this node", run_on_node)
    node.add_argument("operation", choices=sorted(OPERATIONS))
    node.add_argument("--id", help="decimal id of the job, or system")
    node.add_argument("--workdir")
    node.add_argument("--slot", type=int)
    node.add_argument("--limit", type=float, default=300, help="seconds")
    node.add_argument("--serial", type=int, default=0, help="when the job began, among all jobs")
    node.add_argument("--sweep", action="store_true", help="remove what older jobs have left")
    node.add_argument("--keep", default="", help="but not of these")
    node.add_argument("--nodes", default="", help="names of Kubernetes nodes that are to be Ready")
    node.add_argument("--for", dest="newcomer", help="name of one")
    node.add_argument("--flannel", action="store_true", help="and install it, unless it is")
    node.add_argument("--give", action="store_true", help="print the join command, too")
    node.add_argument("--plain", action="store_true", help="no last line that says that all is fine")


def up(_settings, node, given):
    if given.sweep:
        usernetes_user.sweep_node(node, list_of(given.keep), given.serial)
    node.up(given.serial)


def init(_settings, node, given):
    node.init()
    if given.give:
        sys.stdout.write(node.give_join_command())


def sync(_settings, node, given):
    node.sync(flannel=given.flannel)
    if given.nodes:
        node.wait_until_ready(list_of(given.nodes))


def join_command(_settings, node, given):
    sys.stdout.write(node.give_join_command(given.newcomer))


def restart_flannel(_settings, node, given):
    Make(node.workdir, node.deadline).ask("restart-flannel", given.newcomer)


OPERATIONS = {
    "up": up,
    "init": init,
    "join-command": join_command,
    "authority": lambda settings, node, given: say(node.authority()),
    "join": lambda settings, node, given: node.join(sys.stdin.read()),
    "sync": sync,
    "restart-flannel": restart_flannel,
    "ready": lambda settings, node, given: node.wait_until_ready(list_of(given.nodes)),
    "down": lambda settings, node, given: node.down(),
}


def list_of(text):
    return [word for word in text.split(",") if word]


def run_on_node(settings, given):
    stop.listen()
    if given.id is not None:
        if given.id != "system" and not given.id.isdigit():
            raise Problem("--id is the decimal id of a job, or system")
        slot = settings.manual_slot if given.slot is None else given.slot
        workdir = Workdir(settings, given.id, slot)
    else:
        workdir = usernetes_user.manual_workdir(settings, given.workdir)
    # A take-down works without a broker too.
    rank = None if given.operation == "down" else own_rank(settings, Flux(settings))
    node = Node(settings, workdir, rank, given.limit)
    OPERATIONS[given.operation](settings, node, given)
    if not given.plain:
        say(FINE)
