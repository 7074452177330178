#!/usr/bin/env bash
# Copies the CURVE certificate of a mounted Secret to where only this user may read it, since flux-core refuses a file
# that others may read and the operator gives Secrets no mode. Usage: copy-certificate.sh SOURCE
set -euo pipefail

source=${1:?the path of the certificate in the mounted Secret is missing}
readonly FOLDER=/tmp/flux-certificate

if [[ ! -s $source ]]; then
  echo "no certificate: $source is missing or empty; the Secret needs the key ${source##*/}" >&2
  exit 1
fi
umask 077
mkdir -p "$FOLDER"
chmod 0700 "$FOLDER"
cp -f "$source" "$FOLDER/curve.cert"
chmod 0600 "$FOLDER/curve.cert"
