#!/usr/bin/env bash
# The broker of Flux: what it reads, and its start. One that runs with the same already is left alone.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

readonly TOML=/etc/flux/system/conf.d/broker.toml RESOURCES=/etc/flux/system/R CERTIFICATE_FILE=/etc/flux/system/curve.cert

main() {
  load_settings
  local prefix rank
  prefix=$(flux_prefix)
  rank=$(node_rank)
  mkdir -p /etc/flux/system/conf.d /etc/flux/system/cron.d
  # Nothing within these: what the owner makes there may be a link to anywhere.
  install -d -o "$OWNER" -g "$OWNER" -m 700 /var/lib/flux /var/lib/flux-usernetes
  # Whole or not at all: what comes of a program that fails is no file.
  resources "$prefix" >"$RUN/made"
  write_file "$RESOURCES" 644 <"$RUN/made"
  broker_toml "$rank" "$prefix" >"$RUN/made"
  write_file "$TOML" 644 <"$RUN/made"
  quorum >"$RUN/made"
  write_file "$ETC/quorum" 644 <"$RUN/made"
  write_commands "$prefix"
  for_units
  need_session
  start_broker "$prefix"
}

# All nodes are of one instance type: they have what this one has.
resources() {
  local hosts cores gpus=0
  hosts="$CLUSTER-[0-$((MAX_NODES - 1))]"
  ((MAX_NODES > 1)) || hosts="$CLUSTER-0"
  cores=$("$1/bin/flux" R encode --local | "$1/bin/flux" R decode --count=core) || die "$1/bin/flux can't say how many cores this node has"
  if command -v nvidia-smi >/dev/null; then
    gpus=$(nvidia-smi --list-gpus | grep -c '^GPU') || gpus=0
  fi
  set -- "$1" --hosts="$hosts" --cores="0-$((cores - 1))"
  ((gpus == 0)) || set -- "$@" --gpus="0-$((gpus - 1))"
  "$1/bin/flux" R encode "${@:2}"
}

broker_toml() {
  local hosts="$CLUSTER-[0-$((MAX_NODES - 1))]"
  ((MAX_NODES > 1)) || hosts="$CLUSTER-0"
  cat <<EOF
# Written by flux-usernetes at every boot: changes are lost. Files of your own may lie beside this one.
[bootstrap]
curve_cert = "$CERTIFICATE_FILE"
default_port = $OVERLAY_PORT
default_bind = "tcp://$(own_address "$1"):%p"
default_connect = "tcp://%h:%p"
hosts = [ { host = "$hosts" } ]

[tbon]
tcp_user_timeout = "2m"

[resource]
path = "$RESOURCES"

[kvs]
checkpoint-period = "10s"
EOF
  several_people "$2"
  [[ $CLUSTER_MODE == batch ]] || return 0
  cat <<EOF

[job-manager]
plugins = [ { load = "perilog.so" } ]

# Once per job, on rank 0: what fails there fails the job, and drains no node.
[job-manager.prolog]
command = [ "$HERE/usernetes", "job-prolog" ]
per-rank = false
# The command has limits of its own, and says what took so long; this is for one that hangs.
timeout = "$((LIMIT_JOB + 300))s"
kill-timeout = 120.0

[job-manager.epilog]
command = [ "$HERE/usernetes", "job-epilog" ]
per-rank = false
timeout = "$((LIMIT_JOB + 300))s"
kill-timeout = 120.0
EOF
}

# In an image whose Flux was compiled with flux-security everybody who has an account may submit jobs.
several_people() {
  local imp=$1/libexec/flux/flux-imp
  [[ -n $MUNGE_KEY && -x $imp ]] || return 0
  cat <<EOF

[exec]
imp = "$imp"

[access]
allow-guest-user = true
EOF
}

own_address() {
  awk -v name="$(host_of "$1")" '$2 == name { print $1; exit }' /etc/hosts
}

# How many brokers the lead waits for before it takes jobs: all, until it has been ready once. After that a node that
# is missing is down, and the others work.
quorum() {
  local nodes=$BOOT_STATE/nodes found
  if found=$(python3 "$HERE/aws_api.py" parameter "$PARAMETERS/nodes" 2>"$RUN/errors") && [[ $found =~ ^[1-9][0-9]*$ ]]; then
    printf '%s\n' "$found" | write_file "$nodes" 644
  elif [[ ! -s $nodes ]]; then
    die "how many nodes there are can't be read: $(why)"
  else
    say "how many nodes there are can't be read ($(why)): going on with $(<"$nodes")" >&2
  fi
  if [[ -e $BOOT_STATE/was-ready ]]; then echo 1; else cat "$nodes"; fi
}

# For people and for jobs: `flux` speaks with the instance of this node if it isn't told otherwise.
write_commands() {
  write_file /usr/local/bin/flux 755 <<EOF
#!/bin/sh
# Written by flux-usernetes: flux, connected to the broker of this node.
: "\${FLUX_URI:=local:///run/flux/local}"
export FLUX_URI
exec $1/bin/flux "\$@"
EOF
  ln -sfn "$HERE/usernetes" /usr/local/bin/usernetes
  write_file /etc/profile.d/flux-usernetes.sh 644 <<EOF
# Written by flux-usernetes.
PATH=$1/bin:\$PATH
: "\${FLUX_URI:=local:///run/flux/local}"
export PATH FLUX_URI
EOF
}

for_units() {
  local unit
  CHANGED=
  for unit in flux flux-usernetes-system; do
    write_file "/etc/systemd/system/$unit.service" 644 <"$HERE/units/$unit.service"
  done
  [[ -z $CHANGED ]] || systemctl daemon-reload
}

start_broker() {
  local digest running=$RUN/broker
  # What a broker reads at its start. The quorum is not among it: it matters to a start only.
  digest=$(cat "$TOML" "$RESOURCES" "$CERTIFICATE_FILE" "$HERE/broker.sh" "$HERE/units/flux.service" "$1/.flux-usernetes.json" 2>/dev/null | sha256sum) || true
  if [[ $(cat "$running" 2>/dev/null) == "$digest" ]] && systemctl --quiet is-active flux.service; then
    say "the broker runs already, and nothing has changed for it"
    return
  fi
  systemctl restart flux.service || die "flux.service doesn't start: look at journalctl -u flux.service"
  printf '%s\n' "$digest" >"$running"
}

main "$@"
