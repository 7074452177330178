# shellcheck shell=bash
# What the boot and its steps share. The first lines of a script read this file; load_settings comes next.

HERE=/opt/flux-usernetes
ETC=/etc/flux-usernetes
BOOT_STATE=/var/lib/flux-usernetes-boot
RUN=/run/flux-usernetes
LOG=/var/log/flux-usernetes.log
OWNER=flux
OWNER_HOME=/home/flux
# shellcheck disable=SC2034
TEMPLATE=/opt/usernetes
# shellcheck disable=SC2034
IMAGES=/opt/usernetes-images
# Without these no node of Kubernetes comes up, and no packet gets from one to the other.
# shellcheck disable=SC2034
readonly MODULES=(br_netfilter bridge tun veth vxlan)
# Seconds before the second try; every further pause is twice as long.
PAUSE=${FLUX_USERNETES_PAUSE:-2}
# Nothing that is asked to be quiet asks a person.
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a LC_ALL=C.UTF-8 HOME=${HOME:-/root}

# say TEXT...: one line for the log, the journal (by standard output) and the console.
say() {
  local line
  line="$(date -u +%Y-%m-%dT%H:%M:%SZ) ${STEP:-boot} $*"
  printf '%s\n' "$line"
  # What a step says goes into the log with all else that comes of it.
  [[ -n ${IN_STEP:-} ]] || printf '%s\n' "$line" 2>/dev/null >>"$LOG" || true
  printf 'flux-usernetes: %s\n' "$line" 2>/dev/null >/dev/console || true
}

# die SENTENCE: ends the step; the sentence is what people are told, from outside of the node too.
die() {
  mkdir -p "$RUN"
  printf '%s\n' "$*" >"$RUN/failure"
  exit 1
}

# die_for_good SENTENCE: ends the boot; another try can't mend it.
die_for_good() {
  mkdir -p "$RUN"
  printf '%s\n' "$*" >"$RUN/failure"
  exit 78
}

# load_settings: the variables of boot_settings.py. Steps of a boot have those that it has read.
load_settings() {
  local settings
  if [[ -n ${IN_STEP:-} && -s $RUN/settings ]]; then
    settings=$(<"$RUN/settings")
  else
    settings=$(python3 "$HERE/boot_settings.py" shell 2>&1) || die_for_good "${settings##*$'\n'}"
  fi
  eval "$settings"
}

is_image() {
  [[ -n ${FLUX_USERNETES_IMAGE:-} ]]
}

# retry TIMES COMMAND...: until it succeeds; its exit code otherwise.
retry() {
  local times=$1 pause=$PAUSE status attempt
  shift
  for ((attempt = 1; ; attempt++)); do
    status=0
    "$@" || status=$?
    ((status != 0 && attempt < times)) || return "$status"
    echo "$* failed (exit code $status): trying again in $pause s" >&2
    sleep "$pause"
    pause=$(doubled "$pause")
  done
}

doubled() {
  awk -v pause="$1" 'BEGIN { pause *= 2; print (pause > 60 ? 60 : pause) }'
}

# download URL SHA256 FILE: whole and the right one, or the step ends.
download() {
  local url=$1 sha256=$2 file=$3
  [[ -n $url && -n $sha256 ]] || die "cluster.json names no file with a checksum for $(basename "$file") on $ARCHITECTURE nodes"
  if has_digest "$file" "$sha256"; then return 0; fi
  mkdir -p "$(dirname "$file")"
  retry 5 fetch "$url" "$file.part" || die "can't download $url, tried 5 times: is there a way out of this network, and is it up?"
  if ! has_digest "$file.part" "$sha256"; then
    local found
    found=$(sha256sum <"$file.part")
    rm -f "$file.part"
    die "what $url has is not what it should be: its checksum is ${found%% *}, not $sha256"
  fi
  mv -f "$file.part" "$file"
}

# fetch URL FILE [PROTOCOLS]: what has no checksum is asked for by https only.
fetch() {
  local status=0
  curl --fail --silent --show-error --location --proto "${3:-=http,https}" --connect-timeout 20 --speed-limit 1000 --speed-time 30 \
    --output "$2" "$1" || status=$?
  # 23 is that of a file that can't be written: another try would fill the disk again.
  if ((status == 23)); then
    rm -f "$2"
    die "the disk of $(dirname "$2") is full or can't be written: make the root volume larger"
  fi
  return "$status"
}

has_digest() {
  [[ -f $1 ]] && sha256sum --check --status - <<<"$2  $1"
}

# need_room FOLDER MIB WHAT: before something large is put there.
need_room() {
  local free
  mkdir -p "$1"
  free=$(df --output=avail -BM "$1" | tail -n 1 | tr -dc '0-9')
  ((free >= $2)) || die "the disk of $1 has $free MiB left and $3 needs $2: make the root volume larger"
}

# apt_install PACKAGE...: waits for others that hold apt's lock, as cloud-init and unattended upgrades do.
apt_install() {
  # A boot may have ended in the middle of an installation: apt does nothing before this.
  when_unlocked dpkg --force-confold --configure -a || true
  apt_update
  retry 4 apt_install_once "$@" ||
    die "apt can't install ${*:1:4}$( (($# < 5)) || echo ' and others') from $(apt_sources), tried 4 times: $(why)"
}

apt_install_once() {
  local status=0
  noting apt_get install --yes --no-install-recommends --allow-downgrades "$@" || status=$?
  # What was broken off while it was unpacked; the sentence is that of the first.
  ((status == 0)) || apt_get install --fix-broken --yes || true
  return "$status"
}

apt_update() {
  retry 4 when_unlocked apt_get update -q --error-on=any || die "apt can't read $(apt_sources), tried 4 times: $(why)"
}

apt_get() {
  apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=2 -o Dpkg::Options::=--force-confold "$@"
}

# when_unlocked COMMAND...: again as long as somebody else holds a lock that it doesn't wait for itself, at most for the
# first 10 minutes of a step.
when_unlocked() {
  local status
  while true; do
    status=0
    noting "$@" || status=$?
    ((status != 0 && SECONDS < ${FLUX_USERNETES_LOCKED:-600})) || return "$status"
    grep -qE 'Could not get lock|locked by another process' "$RUN/errors" || return "$status"
    sleep "${FLUX_USERNETES_LOOK:-5}"
  done
}

# need_module NAME: kernels of clouds have some modules in a package of their own.
need_module() {
  modprobe --quiet "$1" && return
  apt_install "linux-modules-extra-$(uname -r)"
  modprobe --quiet "$1" || die "the kernel $(uname -r) has no module $1: take another image"
}

# noting COMMAND...: what it complains of is kept for a sentence (why), and said when it has ended.
noting() {
  local status=0
  "$@" 2>"$RUN/errors" || status=$?
  cat "$RUN/errors" >&2
  return "$status"
}

apt_sources() {
  local found
  found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -nE 's/^(deb|URIs:).*(https?:\/\/[^ /]+).*/\2/p' | sort -u | paste -sd ' ') || true
  echo "${found:-its sources}"
}

# why: the last thing that a program complained of; of a lock, who holds it.
why() {
  grep -E 'Could not get lock' "$RUN/errors" 2>/dev/null | tail -n 1 | cut -c1-300 | grep . ||
    grep -E '^(E|Err|error|critical):' "$RUN/errors" 2>/dev/null | tail -n 1 | cut -c1-300 | grep . ||
    grep . "$RUN/errors" 2>/dev/null | tail -n 1 | cut -c1-300 || true
}

# write_file PATH MODE [OWNER]: its content, from standard input, at once or not at all. CHANGED=yes if it wasn't so.
write_file() {
  local path=$1 mode=$2 owner=${3:-root} new
  mkdir -p "$(dirname "$path")"
  new=$(mktemp "$path.XXXXXX")
  cat >"$new" || die "can't write $path: is the disk full?"
  chown "$owner:$owner" "$new"
  chmod "$mode" "$new"
  if cmp -s "$new" "$path" && [[ $(stat -c '%a %U' "$path") == "${mode#0} $owner" ]]; then
    rm -f "$new"
    return 0
  fi
  mv -f "$new" "$path"
  # shellcheck disable=SC2034
  CHANGED=yes
}

# as_owner COMMAND...: as the user who owns Flux and the containers, with the variables of a session.
as_owner() {
  local id
  id=$(id -u "$OWNER")
  runuser -u "$OWNER" -- env -i -C "$OWNER_HOME" HOME="$OWNER_HOME" USER="$OWNER" LOGNAME="$OWNER" SHELL=/bin/bash \
    LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    XDG_RUNTIME_DIR="/run/user/$id" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$id/bus" \
    DOCKER_HOST="unix:///run/user/$id/docker.sock" "$@"
}

# need_session: the owner's, in which the container engine runs. It begins with the boot and outlasts every login.
need_session() {
  local id
  id=$(id -u "$OWNER")
  systemctl start "user@$id.service"
  until_true 60 test -S "/run/user/$id/bus" ||
    die "the session of the user $OWNER doesn't begin: look at journalctl -u user@$id.service"
}

# until_true SECONDS COMMAND...: tries again each second until it succeeds; fails when the time is over.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep "${FLUX_USERNETES_LOOK:-1}"
  done
}

flux_prefix() {
  local prefix=/opt/flux
  [[ ! -s $ETC/flux-prefix ]] || prefix=$(<"$ETC/flux-prefix")
  echo "$prefix"
}

host_of() {
  echo "$CLUSTER-$1"
}

node_rank() {
  cat "$BOOT_STATE/rank"
}
