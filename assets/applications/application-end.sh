#!/usr/bin/env bash
# Epilog of the queue's jobs, on its lead broker: the cores of a job are given to others only when this has succeeded.
# Where application-run.sh has seen its job to the end there is nothing to do.
set -uo pipefail

scripts=${BASH_SOURCE[0]%/*}
state=$(flux job info "$FLUX_JOB_ID" guest.application 2>/dev/null) || exit 0
read -r phase application <<<"$state"
[[ $phase == started ]] || exit 0
exec flux python "$scripts/application_end.py" "$FLUX_JOB_ID" "$application"
