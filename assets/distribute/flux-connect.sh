#!/usr/bin/env bash
# On the pod of a node: a shell on the node that is connected to Flux, or a command that is.
#   kubectl exec -it POD -- flux-connect
#   kubectl exec POD -- flux-connect flux resource list
set -euo pipefail
exec python3 "${DISTRIBUTE_SCRIPTS:-/flux-distribute/scripts}/distribute_connect.py" "$@"
