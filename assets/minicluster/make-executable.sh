#!/usr/bin/env bash
# Copies scripts to where they may be executed: files of a ConfigMap come with mode 0644, and a lifecycle hook of the
# operator can only name a program. Usage: make-executable.sh SCRIPT...
set -euo pipefail

readonly FOLDER=/tmp/flux-scripts

mkdir -p "$FOLDER"
for script; do
  cp -f "$script" "$FOLDER/"
  chmod 0755 "$FOLDER/${script##*/}"
done
