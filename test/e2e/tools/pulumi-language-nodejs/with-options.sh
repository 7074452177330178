#!/usr/bin/env bash
# The language host of this version takes the options of a project as flags, as engines of its time gave them; later ones send
# them in a message that it does not know. So this stands in its place, and gives it those of the Pulumi.yaml at or above the
# program, where the engine starts it.
set -euo pipefail

project=$PWD
while [ ! -f "$project/Pulumi.yaml" ] && [ "$project" != / ]; do
  project=$(dirname "$project")
done
flags=()
if [ -f "$project/Pulumi.yaml" ]; then
  option='s/^    \([a-z]*\): \([^#]*[^# ]\).*/-\1=\2/p'
  mapfile -t flags < <(sed -n "/^  options:/,/^[^ ]/$option" "$project/Pulumi.yaml")
fi
exec "$(dirname "$0")/pulumi-language-nodejs-host" "${flags[@]}" "$@"
