#!/bin/bash
# Stands in for nsenter: what follows runs here, and finds the programs in the folder FOLDER before all others.
#   distribute-node-enter.sh FOLDER /usr/bin/env -i VAR=VALUE... PROGRAM ARGUMENTS...
set -euo pipefail
folder=$1 words=() is_program=''
shift
for word; do
  if [[ -z $is_program && $word == PATH=* ]]; then word="PATH=$folder:${word#PATH=}"; fi
  if [[ $word != *=* && $word != -i && ${#words[@]} -gt 1 ]]; then is_program=yes; fi
  words+=("$word")
done
exec "${words[@]}"
