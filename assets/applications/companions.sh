# shellcheck shell=bash
# Sourced by start.sh in pods with several brokers. None of them goes on without the queue, nor the queue without them:
# the applications end when the queue has ended, and with a pod that is told to stop they wait for it, so that its jobs
# can end. An application that ends by itself takes the queue, and so the pod, with it.

# What the others have left: how a container ended.
COMPANIONS=()
# shellcheck disable=SC2154
if [[ $MINICLUSTER_BROKER == 0-* ]]; then
  for application in ${MINICLUSTER_BROKERS#* }; do
    COMPANIONS+=("$MINICLUSTER_ROOT/brokers/$((${#COMPANIONS[@]} + 1))-$application/config/run/ended")
  done
else
  COMPANIONS=("$MINICLUSTER_ROOT/brokers/0-${MINICLUSTER_BROKERS%% *}/config/run/ended")
fi
readonly COMPANIONS

companion_has_ended() {
  local ended
  for ended in "${COMPANIONS[@]}"; do
    [[ ! -s $ended ]] || return 0
  done
  return 1
}

# Tells start.sh. Starts no program while all is well.
watch_companions() {
  local pause
  exec {pause}<> <(:)
  until companion_has_ended; do read -rt 0.5 -u "$pause"; done
  kill -USR1 "$$"
}

# Fluxion's controller runs beside the queue's lead broker, as long as that does.
# shellcheck disable=SC2154
keep_controller() {
  local pause status
  exec {pause}<> <(:)
  while :; do
    with_flux flux python "$SCRIPTS/fluxion_controller.py" start
    status=$?
    # Without a broker there is nothing to start; start.sh says why there is none.
    [[ ! -S ${MINICLUSTER_ROOT}/config/run/flux/local-0 ]] ||
      minicluster_say "the controller of Fluxion has ended with exit code $status; starting it again"
    read -rt 2 -u "$pause"
  done
}

# The exit code of a container that ends because another one has ended.
companion_status() {
  local ended name
  [[ $MINICLUSTER_BROKER == 0-* ]] || return 0
  for ended in "${COMPANIONS[@]}"; do
    [[ -s $ended ]] || continue
    name=${ended%/config/run/ended}
    name=${name##*/}
    minicluster_say "the container ${name#*-} has ended with exit code $(<"$ended"), and the pod ends with it:" \
      "its log says why"
  done
  return 1
}
