#!/usr/bin/env bash
# The boot of a node, step by step. Steps that install something are done once; those that configure, at every boot.
#
#   boot.sh            all steps
#   boot.sh install    those that UsernetesImage bakes into an image
#   boot.sh configure  those that each node needs
#   boot.sh start      lets systemd run all steps, now and at every boot
#
# FLUX_USERNETES_IMAGE     not empty while an image is made: this is no node of a cluster then
# FLUX_USERNETES_ATTEMPTS  how often systemd tries before the boot has failed for good
# FLUX_USERNETES_WAIT      seconds that it waits for another boot to end
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/boot-lib.sh"

readonly INSTALL=(10-system 20-container-engine 30-flux 40-usernetes 45-efa)
readonly CONFIGURE=(50-node 60-secrets 70-flux 80-usernetes 90-ready)
readonly UNITS=(flux-usernetes-boot flux-usernetes-guard flux flux-usernetes-report flux-usernetes-system)
readonly WRONG_SETTINGS=78 BUSY=75

main() {
  local group=${1:-all}
  mkdir -p "$BOOT_STATE/steps" "$RUN"
  chmod 700 "$RUN"
  case $group in
    start) start ;;
    install | configure | all) boot "$group" ;;
    *)
      echo "usage: boot.sh [install|configure|start]" >&2
      return 2
      ;;
  esac
}

start() {
  install_units
  systemctl enable flux-usernetes-guard.service flux-usernetes-boot.service flux-usernetes-report.service
  systemctl start --no-block flux-usernetes-report.service flux-usernetes-boot.service
}

install_units() {
  local unit
  CHANGED=
  for unit in "${UNITS[@]}"; do
    write_file "/etc/systemd/system/$unit.service" 644 <"$HERE/units/$unit.service"
  done
  [[ -z $CHANGED ]] || systemctl daemon-reload
}

boot() {
  exec 9>"$RUN/lock"
  if ! flock --wait "${FLUX_USERNETES_WAIT:-5}" 9; then
    say "another boot is under way: this one ends"
    # That one may fail: systemd tries this one again.
    exit "$BUSY"
  fi
  STEP=boot
  # A failure of the settings is one of the boot: it is told like any other.
  python3 "$HERE/boot_settings.py" shell >"$RUN/settings" 2>"$RUN/failure" || failed boot "$WRONG_SETTINGS" ""
  IN_STEP=yes load_settings
  is_image || note_rank
  local step started=$SECONDS
  for step in $(steps_of "$1"); do
    run_step "$step"
  done
  STEP=boot
  rm -f "$RUN/attempts"
  if is_image; then
    say "the image has all that a node needs, after $((SECONDS - started)) s"
  elif [[ $1 != install ]]; then
    tell ready "$step" "up since $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    say "this node is ready, after $((SECONDS - started)) s"
  fi
}

# For what is told until the step 50-node, which insists on it.
note_rank() {
  local rank
  if rank=$(python3 "$HERE/boot_rank.py" 2>/dev/null); then
    printf '%s\n' "$rank" 2>/dev/null >"$BOOT_STATE/rank" || true
  fi
}

steps_of() {
  local steps=()
  [[ $1 == configure ]] || steps+=("${INSTALL[@]}")
  [[ $1 == install ]] || steps+=("${CONFIGURE[@]}")
  [[ -n $HAS_EFA ]] || steps=("${steps[@]/45-efa/}")
  echo "${steps[@]}"
}

run_step() {
  local step=$1 digest='' started=$SECONDS status=0 limit=$LIMIT_STEP
  STEP=$step
  if is_install "$step" && [[ -n $IS_BAKED ]]; then
    [[ -s $BOOT_STATE/steps/$step.done ]] || lacking "$step"
    say "is in the image"
    return 0
  fi
  if is_install "$step"; then
    digest=$(python3 "$HERE/boot_settings.py" digest "$step")
    if [[ $(cat "$BOOT_STATE/steps/$step.done" 2>/dev/null) == "$digest" ]]; then
      say "was done before"
      return 0
    fi
  fi
  [[ $step != 90-ready ]] || limit=$((LIMIT_READY + 180))
  tell booting "$step" ""
  say "begins"
  rm -f "$RUN/failure" "$RUN/errors"
  # What it starts in the background holds no lock.
  STEP=$step IN_STEP=yes timeout --kill-after=10 "$limit" "$HERE/steps/$step.sh" 2>&1 9>&- </dev/null |
    tee -a "$LOG" "$RUN/output.new" 9>&- || status=${PIPESTATUS[0]}
  mv -f "$RUN/output.new" "$RUN/output"
  ((status == 0)) || failed "$step" "$status" "$limit"
  if is_install "$step"; then
    printf '%s\n' "$digest" | write_file "$BOOT_STATE/steps/$step.done" 644 || failed "$step" 1 "$limit"
  fi
  say "done in $((SECONDS - started)) s"
}

# lacking STEP: of an image that was to have everything.
lacking() {
  echo "the image lacks what this step installs: take one of UsernetesImage, with efa if the nodes have it" >"$RUN/failure"
  failed "$1" "$WRONG_SETTINGS" ""
}

is_install() {
  [[ " ${INSTALL[*]} " == *" $1 "* ]]
}

# failed STEP EXIT-CODE LIMIT: tells it, and ends: for good, or to be tried again by systemd.
failed() {
  local step=$1 status=$2 limit=$3 sentence attempts most=${FLUX_USERNETES_ATTEMPTS:-1}
  sentence=$(sentence_of "$status" "$limit")
  attempts=$(($(cat "$RUN/attempts" 2>/dev/null || echo 0) + 1))
  printf '%s\n' "$attempts" >"$RUN/attempts"
  if ((status != WRONG_SETTINGS && attempts < most)); then
    say "failed: $sentence; trying again (attempt $((attempts + 1)) of $most)"
    tell booting "$step" "attempt $attempts of $most failed: $sentence"
    exit 1
  fi
  rm -f "$RUN/attempts"
  say "failed: $sentence"
  tell failed "$step" "$sentence"
  exit "$WRONG_SETTINGS"
}

sentence_of() {
  local last
  last=$(grep . "$RUN/output" 2>/dev/null | tail -n 1 | cut -c1-400) || true
  if [[ -s $RUN/failure ]]; then
    cat "$RUN/failure"
  elif [[ $1 == 124 || $1 == 137 ]]; then
    echo "it took longer than $2 s; it said last: ${last:-nothing}"
  else
    echo "it ended with exit code $1; it said last: ${last:-nothing}"
  fi
}

# tell STATE STEP MESSAGE: for report.py, which tells it to the outside.
tell() {
  is_image || python3 "$HERE/boot_state.py" "$@" || true
}

main "$@"
