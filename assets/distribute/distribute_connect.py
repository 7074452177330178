"""Becomes a shell on the node that is connected to Flux, or the command in its arguments (flux-connect.sh)."""
import os
import sys

sys.dont_write_bytecode = True

from distribute_node import die, on_node
from distribute_settings import SettingsError, load


def main():
    try:
        settings = load()
    except SettingsError as error:
        die(error)
    env = {name: os.environ[name] for name in ("TERM", "COLUMNS", "LINES") if name in os.environ}
    words = on_node([settings.in_directory("bin", "flux-connect"), *sys.argv[1:]], env)
    # Made with the first broker of this node.
    if not os.path.exists(settings.in_directory("bin", "flux-connect")):
        die("no broker has run on this node yet: see the log of this pod")
    try:
        os.execvp(words[0], words)
    except OSError as error:
        die("can't start {}: {}".format(words[0], error.strerror))


main()
