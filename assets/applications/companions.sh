# shellcheck shell=bash
# Sourced by start.sh in pods with several brokers. None of them goes on without the queue, nor the queue without them:
# the applications end when the queue has ended, and with a pod that is told to stop they wait for it, so that its jobs
# can end. An application that ends by itself takes the queue, and so the pod, with it.

# Where the others have their run files.
COMPANIONS=()
# shellcheck disable=SC2154
if [[ $MINICLUSTER_BROKER == 0-* ]]; then
  for application in ${MINICLUSTER_BROKERS#* }; do
    COMPANIONS+=("$MINICLUSTER_ROOT/brokers/$((${#COMPANIONS[@]} + 1))-$application/config/run")
  done
else
  COMPANIONS=("$MINICLUSTER_ROOT/brokers/0-${MINICLUSTER_BROKERS%% *}/config/run")
fi
readonly COMPANIONS

# A pipe that start.sh holds open as long as it lives: one that is killed can't write down how it ended. The others see
# it once it is held: before that it would tell them of an end.
# shellcheck disable=SC2034
show_life() {
  local pipe=$MINICLUSTER_PLACE/config/run/alive
  exec {alive}>&-
  rm -f "$pipe" "$pipe.new" && mkfifo "$pipe.new" && exec {alive}<>"$pipe.new" && mv -f "$pipe.new" "$pipe" && return
  minicluster_say "can't make $pipe"
  exit 1
}
# is_over FOLDER: has the container of these run files ended? One that has not begun has not.
is_over() {
  local both reader status
  [[ ! -s $1/ended ]] || return 0
  [[ -p $1/alive ]] || return 1
  # Opened for both ways it can't block, and then not for reading either. It is readable without a writer: at its end.
  # shellcheck disable=SC2094
  exec {both}<>"$1/alive" {reader}<"$1/alive"
  exec {both}>&-
  read -rt 0 -u "$reader"
  status=$?
  exec {reader}<&-
  return "$status"
}

companion_has_ended() {
  local run
  for run in "${COMPANIONS[@]}"; do
    ! is_over "$run" || return 0
  done
  return 1
}

# Tells start.sh. Starts no program while all is well.
watch_companions() {
  local pause
  exec {pause}<> <(:)
  until companion_has_ended; do read -rt 0.5 -u "$pause"; done
  # Where it has ended meanwhile, there is nobody to tell.
  kill -USR1 "$$" 2>/dev/null || :
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
  local run name how
  [[ $MINICLUSTER_BROKER == 0-* ]] || return 0
  for run in "${COMPANIONS[@]}"; do
    is_over "$run" || continue
    name=${run%/config/run}
    name=${name##*/}
    how='was killed'
    [[ ! -s $run/ended ]] || how="has ended with exit code $(<"$run/ended")"
    minicluster_say "the container ${name#*-} $how, and the pod ends with it: its log says why"
  done
  return 1
}
