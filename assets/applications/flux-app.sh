#!/usr/bin/env bash
# flux-app submit|run|bsubmit|batch --app NAME ...: hands a job to an application, from any container of the cluster. All
# other options are those of flux submit, flux run, flux bulksubmit and flux batch. Where Fluxion shares the cores it is
# the client of its controller: flux-app submit|jobs|cancel.
set -uo pipefail

# People call it by a link. The folder that this leads to holds links itself, to one that Kubernetes replaces.
script=$(readlink "${BASH_SOURCE[0]}")
[[ $script == /* ]] || script=${BASH_SOURCE[0]}
export MINICLUSTER_ROOT=${MINICLUSTER_ROOT:-/mnt/flux}
view=$MINICLUSTER_ROOT/brokers/${MINICLUSTER_BROKER:-0-queue}/flux-view.sh
if [[ ! -e $view ]]; then
  echo "flux-app: Flux is not ready in this container: there is no $view yet" >&2
  exit 1
fi
set +u
# shellcheck disable=SC1090
. "$view"
program=flux_app.py
if [[ ${MINICLUSTER_SHARING:-} == fluxion ]]; then program=fluxion_controller.py; fi
exec flux python "${script%/*}/$program" "$@"
