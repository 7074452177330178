#!/usr/bin/env bash
# flux-app submit|run|bsubmit|batch --app NAME ...: hands a job to an application through the queue, from any container
# of the cluster. All other options are those of flux submit, flux run, flux bulksubmit and flux batch.
set -uo pipefail

# People call it by a link. The folder that this leads to holds links itself, to one that Kubernetes replaces.
script=$(readlink "${BASH_SOURCE[0]}")
[[ $script == /* ]] || script=${BASH_SOURCE[0]}
export MINICLUSTER_ROOT=${MINICLUSTER_ROOT:-/mnt/flux}
view=$MINICLUSTER_ROOT/flux-view.sh
if [[ ! -e $view ]]; then
  echo "flux-app: Flux is not ready in this container: there is no $view yet" >&2
  exit 1
fi
set +u
# shellcheck disable=SC1090
. "$view"
exec flux python "${script%/*}/flux_app.py" "$@"
