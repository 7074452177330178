"""What a ContentDistribution that was cut off has left on this node: pieces in the folder of the state, and parts of
files beside their targets, anywhere on the node."""
import glob
import os
import shutil

from content_node_base import BESIDE, beside, read_json
from distribute_node import run_on_node, why

SECONDS = 60
# What an earlier folder was renamed to is all that there is of it until the new one is in its place.
REMOVE = """rm -rf "$1.part" "$1.new" || exit
[ -d "$1.old" ] || exit 0
if [ -e "$2" ]; then rm -rf "$1.old"; else mv "$1.old" "$2"; fi
"""


def remove_under_way(settings):
    """What was done, as sentences."""
    folder = settings.in_state("content")
    folders = [path for path in glob.glob(glob.escape(folder) + "/*/*/") if not path.endswith("/records/")]
    problems = [problem for problem in map(remove_beside, folders) if problem]
    if not problems:
        shutil.rmtree(folder, ignore_errors=True)
    return (["content that was on its way is removed"] if folders and not os.path.exists(folder) else []) + problems


def remove_beside(folder):
    """Removes what lies beside the target of the content that has this folder; what is wrong if that fails."""
    target = (read_json(os.path.join(folder, BESIDE)) or {}).get("target")
    if not isinstance(target, str) or not os.path.isabs(target):
        return None
    # Other files than those that are called after this very content stay.
    place = beside(target, os.path.basename(folder.rstrip("/")))
    done = run_on_node(["/bin/sh", "-c", REMOVE, "sh", place, target], timeout=SECONDS)
    return None if done.returncode == 0 else "parts of {} stay on the node ({})".format(target, why(done))
