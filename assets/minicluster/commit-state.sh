# shellcheck shell=bash
# Sourced by the entrypoint of every pod when Flux has ended, in front of commands.post, or else at its end: on the lead
# broker's pod what Flux has left becomes the archive, once. Leaves the exit code of Flux to what follows.
minicluster_status=$?
if [[ -s /tmp/flux-state/new ]]; then
  # Kubernetes sends a signal as soon as Flux is shut down: not to what saves the state.
  minicluster_trap=$(trap -p TERM)
  trap '' TERM
  minicluster_new=$(</tmp/flux-state/new)
  rm -f /tmp/flux-state/new
  "$MINICLUSTER_PYTHON" -E "${BASH_SOURCE[0]%/*}/state.py" commit "$minicluster_new" || true
  eval "${minicluster_trap:-trap - TERM}"
fi
(exit "$minicluster_status")
