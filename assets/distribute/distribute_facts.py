"""What the nodes of the running instance really have."""
import json
import re

from distribute_flux import flux
from distribute_node import say, why

# Seconds: a node that can't answer is left out.
LONGEST_ANSWER = 30


def cores_of_ranks(settings, ranks):
    """{rank: (idset of cores, idset of GPUs)} of those among these ranks that answer."""
    if not ranks:
        return {}
    where = ",".join(str(rank) for rank in sorted(ranks))
    command = [settings.in_directory("bin", "flux"), "R", "encode", "--local"]
    words = ["exec", "--noinput", "--label-io", "--rank=" + where, *command]
    done = flux(settings, *words, timeout=LONGEST_ANSWER)
    found = {}
    for rank, text in re.findall(r"^(\d+): (\{.*\})$", done.stdout, re.MULTILINE):
        facts = read(text)
        if int(rank) in ranks and facts is not None:
            found[int(rank)] = facts
    missing = sorted(set(ranks) - set(found))
    if missing:
        names = ", ".join(str(rank) for rank in missing[:8]) + (", …" if len(missing) > 8 else "")
        say("the cores of {} nodes are not known yet (ranks {}; {})".format(len(missing), names, why(done)))
    return found


def read(text):
    """Cores and GPUs of the one node in an R."""
    try:
        children = json.loads(text)["execution"]["R_lite"][0]["children"]
        return str(children["core"]), str(children.get("gpu", ""))
    except (ValueError, KeyError, IndexError, TypeError):
        return None
