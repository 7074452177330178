#!/usr/bin/env bash
# A task of the queue's job on its first node: runs the job that was handed over in the Flux instance of its application,
# on the cores that the queue has given, and passes on its output, signals and exit code. application-end.sh makes sure
# that nothing of it is left when this was killed, before the queue gives the cores to somebody else.
set -uo pipefail

[[ $FLUX_TASK_RANK == 0 ]] || exit 0
: "${MINICLUSTER_ROOT:?}" "${MINICLUSTER_APPLICATION:?names the broker, as 1-lammps}" "${FLUX_JOB_ID:?}"
readonly NAME=${MINICLUSTER_APPLICATION#*-}
readonly APPLICATION=local://$MINICLUSTER_ROOT/config/run/flux/local-${MINICLUSTER_APPLICATION%%-*}
# Seconds: for a broker that is just being started again, and for a job to be over whose broker is.
readonly COMES_BACK=${MINICLUSTER_COMES_BACK:-60}

say() { echo "flux-app: $*" >&2; }
set +u
# Jobs get no more of the queue's environment than this.
# shellcheck disable=SC1091
. "$MINICLUSTER_ROOT/flux-view.sh"
set -u

# A broker that hangs must not let this hang.
in_application() { FLUX_URI=$APPLICATION timeout 30 flux "$@"; }

# Leaves a note of how far this has come: it is read when it is too late to ask.
note() { flux kvs put "application=$1 $MINICLUSTER_APPLICATION"; }

fill_in() {
  local resources piece is_name=''
  resources=$(flux job info "$FLUX_JOB_ID" R) || return
  # Time is up when the queue says so, which may change its mind.
  if [[ $resources =~ ^(.*\"expiration\":\ *)[0-9.e+]+(.*)$ ]]; then resources=${BASH_REMATCH[1]}0${BASH_REMATCH[2]}; fi
  while IFS= read -r piece; do
    if [[ -n $is_name ]]; then
      case $piece in
        R) printf %s "$resources" ;;
        id) printf %s "$FLUX_JOB_ID" ;;
      esac
      is_name=''
    else
      printf %s "$piece"
      is_name=yes
    fi
  done <"$FLUX_JOB_TMPDIR/application-job"
}

job=''
# A broker that is away, or that has a socket again and no job manager yet: one that has not got the job. Where the
# connection broke it may have it.
is_starting() {
  case $1 in
    *'nable to connect'* | *'onnection refused'* | *'No such file'* | *'No service'* | *'not implemented'*) return 0 ;;
  esac
  return 1
}
submit() {
  local errors end=$((SECONDS + COMES_BACK)) number=$FLUX_JOB_TMPDIR/application-id
  until errors=$(in_application job submit --flags=novalidate <<<"$jobspec" 2>&1 >"$number"); do
    if ! is_starting "$errors" || ((SECONDS >= end)); then
      errors=${errors:-its broker does not answer}
      say "$NAME does not take the job: ${errors//$'\n'/; }"
      return 1
    fi
    sleep 0.5
  done
  job=$(<"$number")
}

# Has the queue's job been cancelled, or has its time run out? That this is told of a moment after the signal.
# shellcheck disable=SC2317
was_cancelled() { flux job wait-event --quiet --timeout=0.5 "$FLUX_JOB_ID" exception 2>/dev/null; }
# What ends the queue's job ends the other in the same way: its tasks get a moment to end, and no longer.
# shellcheck disable=SC2317
pass_on() {
  [[ -n $job ]] || exit 143
  if [[ $1 == TERM ]] && was_cancelled; then
    in_application cancel "$job" 2>/dev/null
  elif [[ $1 == ALRM ]] && was_cancelled; then
    # As Flux does it: the signal first, which most programs die of.
    in_application job kill --signal=ALRM "$job" 2>/dev/null
    in_application job wait-event --quiet --timeout=1 "$job" clean 2>/dev/null ||
      in_application job raise --type=timeout "$job" "the queue's time limit" 2>/dev/null
  else
    in_application job kill --signal="$1" "$job" 2>/dev/null
  fi
}
for signal in HUP INT QUIT TERM USR1 USR2 ALRM CONT WINCH; do
  # shellcheck disable=SC2064
  trap "pass_on $signal" "$signal"
done

# Waits for the end of the job, which may be some time after its output has ended, or its broker was killed.
await_end() {
  local answer end=$((SECONDS + COMES_BACK))
  until answer=$(in_application job wait-event --timeout=5 --quiet "$job" clean 2>&1); do
    if [[ $answer == *'not found'* ]] || ((SECONDS >= end)); then
      say "the broker of $NAME was started again and knows nothing of job $job: ${answer//$'\n'/; }"
      return 1
    fi
    sleep 0.5
  done
}
# Shows the output, and takes the input. It must not outlive this process, however that ends: the queue waits for all who
# hold its output. So Linux is asked to kill it then (PR_SET_PDEATHSIG in prctl(2)), which no shell can ask for. It has a
# process group of its own: signals come to it as this process passes them on.
# shellcheck disable=SC2016
attach() {
  FLUX_URI=$APPLICATION exec flux python -c 'import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]): os.execvp("flux", ["flux"] + sys.argv[2:])' "$$" "$@"
}

words=(job attach)
[[ -z ${MINICLUSTER_LABELS:-} ]] || words+=(--label-io)
[[ -z ${MINICLUSTER_STDIN_RANKS:-} ]] || words+=("--stdin-ranks=$MINICLUSTER_STDIN_RANKS")

note started || exit 1
jobspec=$(fill_in) || exit 1
submit || exit 1
set -m
attach "${words[@]}" "$job" <&0 &
child=$!
set +m
while :; do
  wait "$child"
  status=$?
  kill -0 "$child" 2>/dev/null || break
done
wait "$child" 2>/dev/null
last=$?
((last == 127)) || status=$last
await_end || exit 1
note ended
exit "$status"
