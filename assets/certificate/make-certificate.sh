#!/usr/bin/env bash
# Makes the CURVE certificate of a Flux cluster once and keeps it in a Secret that is already there. Runs as a Job in an
# image with Flux, or in one with nothing but a python3. Finds both for put-secret.py, which does the work.
# Environment: CERTIFICATE_SECRET (name of the Secret), CERTIFICATE_KEY (key in its data, default curve.cert),
# CERTIFICATE_NAME (a note in the certificate, default the Secret's name), FLUX_VIEW (default /opt/view).
set -euo pipefail

readonly VIEW=${FLUX_VIEW:-/opt/view}
readonly NEEDED='import base64, http.client, json, ssl, subprocess, tempfile'

say() {
  echo "minicluster: $*" >&2
}

if [[ -z ${CERTIFICATE_SECRET:-} ]]; then
  say 'CERTIFICATE_SECRET is not set: it names the Secret that gets the certificate'
  exit 2
fi

# An image may bring Flux on its PATH; a view image has it in the view only.
flux=$(type -P flux || true)
if [[ -z $flux && -x $VIEW/bin/flux ]]; then
  flux=$VIEW/bin/flux
fi

# A minimal Python may lack ssl or http, hence the question to each one. The last is the one that Flux was built with.
run=()
on_path=$(type -P python3 || true)
for candidate in "$on_path" "$VIEW/bin/python3" "${flux:+$flux python}"; do
  case $candidate in
    '') continue ;;
    "$flux python") words=("$flux" python) ;;
    *) words=("$candidate") ;;
  esac
  if "${words[@]}" -I -c "$NEEDED" 2>/dev/null; then
    run=("${words[@]}")
    break
  fi
done
if (( ${#run[@]} == 0 )); then
  if [[ -z $flux ]]; then
    say "no flux and no python3 with ssl on the PATH or in $VIEW/bin: the certificate is made in an image with either"
    exit 127
  fi
  say "no python3 with ssl and http.client on the PATH, in $VIEW/bin or by 'flux python': the Secret can't be written"
  exit 127
fi

# Python becomes process 1, so that a deleted pod ends at once and the key's folder is removed. Without Flux the variable
# is empty, and the key is made by Python too.
export CERTIFICATE_FLUX=$flux
exec "${run[@]}" -I "$(dirname "${BASH_SOURCE[0]}")/put-secret.py"
