#!/usr/bin/env bash
# Was FILE touched within the last SECONDS? For the probes of the pods: is-fresh FILE SECONDS.
set -euo pipefail
file=${1:?the file} seconds=${2:?how old it may be}

if ! touched=$(stat --format=%Y "$file" 2>/dev/null); then
  echo "flux-distribute: there is no $file: see the log of this pod" >&2
  exit 1
fi
age=$(($(date +%s) - touched))
if ((age > seconds)); then
  echo "flux-distribute: $file was touched $age s ago, more than $seconds s" >&2
  exit 1
fi
