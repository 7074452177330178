#!/bin/bash
# A stand-in for flux in the pods of the tests: records what it is called with below $RECORD, and does what flux would
# do as far as the scripts can see it. Lines in the file on-<command> come first, and may end it.
RECORD=@RECORD@
printf '%s\0' "$#" "$@" >>"$RECORD/calls"
printf '%s\0' "$(($# + 1))" "${FLUX_URI:-}" "$@" >>"$RECORD/asked"
verb=${1:-}
shift

# What a broker was given: its environment, and the files that it reads.
record_broker() {
  local number=1 option config='' state
  until mkdir "$RECORD/broker-$number" 2>/dev/null; do number=$((number + 1)); done
  here=$RECORD/broker-$number
  env -0 >"$here/environment"
  { umask && pwd && ulimit -Sn; } >"$here/place"
  for option; do [[ $option != --config-path=* ]] || config=${option#*=}; done
  state=${config%/etc/flux/config}
  cp "$config/broker.toml" "$here/broker.toml"
  cp "$state/etc/flux/system/R" "$here/R"
  cp "$state/curve/curve.cert" "$here/curve.cert"
  stat -c %a "$state/curve/curve.cert" >"$here/mode"
  : >"$here/ready"
}

# The value of a broker's attribute, if it was given: attribute NAME ARGUMENTS...
attribute() {
  local name=$1 word value=''
  shift
  for word; do [[ $word != "-S$name="* ]] || value=${word#*=}; done
  echo "$value"
}

# Appends the words behind the options to `program`.
skip_options() {
  while [[ ${1:-} == -* ]]; do
    case $1 in
      -S | -c | -N | -n | -o | -q | -t | --setattr | --config-path | --flags) shift 2 ;;
      *) shift ;;
    esac
  done
  program=("$@")
}

# The ranks of the resources in its input, as `flux R decode --ranks` writes them where they follow one another.
decode_ranks() {
  local text ranks=''
  text=$(cat)
  while [[ $text =~ \"rank\":\ *\"([0-9,-]+)\"(.*)$ ]]; do
    ranks+=${ranks:+,}${BASH_REMATCH[1]}
    text=${BASH_REMATCH[2]}
  done
  [[ -n $ranks ]] && echo "$ranks"
}

record_job() { env -0 >"$RECORD/job-environment"; }

[[ $verb != broker ]] || record_broker "$@"
if [[ -e $RECORD/on-$verb ]]; then
  # shellcheck disable=SC1090
  . "$RECORD/on-$verb"
fi
program=()
case $verb in
  R)
    if [[ $1 == decode ]]; then
      decode_ranks
      exit
    fi
    echo '{"version": 1, "execution": {"R_lite": [{"rank": "0-3", "children": {"core": "0-2,4-7"}}], "nodelist": ["x"]}}'
    ;;
  broker)
    skip_options "$@"
    ((${#program[@]})) || exit 0
    "${program[@]}"
    exit
    ;;
  submit | run)
    record_job
    skip_options "$@"
    "${program[@]}"
    exit
    ;;
  batch)
    record_job
    for script; do :; done
    cp "$script" "$RECORD/batch"
    echo f23
    ;;
  job)
    # attach: the script's output and exit code
    bash "$RECORD/batch"
    exit
    ;;
  python) RECORD=$RECORD PYTHONPATH=@HERE@/stand-in-flux-python PYTHONDONTWRITEBYTECODE=1 exec python3 "$@" ;;
  uptime) echo ' 10:00:00 run 5.0s,  owner,  depth 0,  size 4' ;;
  getattr) echo 0 ;;
esac
