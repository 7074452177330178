#!/usr/bin/env bash
# flux-security, flux-core and flux-sched from the tarballs of their releases, for an image on which several people run
# jobs as themselves: conda packages of Flux have no flux-security. Neither a key of munge nor a certificate stays.
#
# FLUX_SECURITY_URL, FLUX_CORE_URL, FLUX_SCHED_URL           the tarballs
# FLUX_SECURITY_SHA256, FLUX_CORE_SHA256, FLUX_SCHED_SHA256  what their checksums must be
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

: "${FLUX_SECURITY_URL:?}" "${FLUX_CORE_URL:?}" "${FLUX_SCHED_URL:?}"
: "${FLUX_SECURITY_SHA256:?}" "${FLUX_CORE_SHA256:?}" "${FLUX_SCHED_SHA256:?}"
readonly PREFIX=/opt/flux BUILD=/var/tmp/flux-build
readonly MUNGE_KEY_FILE=/etc/munge/munge.key
# What the three are compiled with (their configure scripts and CMakeLists.txt), and what `flux` in Python imports.
readonly PACKAGES=(
  bash-completion ca-certificates cmake curl g++ gcc libarchive-dev libboost-dev libboost-graph-dev libedit-dev
  libhwloc-dev libjansson-dev liblua5.1-0-dev liblz4-dev libmunge-dev libncurses-dev libpam0g-dev libsodium-dev
  libsqlite3-dev libsystemd-dev libyaml-cpp-dev libzmq3-dev lua-posix lua5.1 make munge ninja-build pkg-config
  python3-cffi python3-dev python3-packaging python3-ply python3-setuptools python3-yaml uuid-dev
)

main() {
  STEP=compile-flux
  ARCHITECTURE=$(dpkg --print-architecture)
  mkdir -p "$RUN"
  need_room "$(dirname "$BUILD")" 4000 "compiling Flux"
  apt_install "${PACKAGES[@]}"
  keep_no_munge_key
  rm -rf "$BUILD" "$PREFIX"
  # Where the later ones find those before them.
  export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig PATH=$PREFIX/bin:$PATH
  compile flux-security "$FLUX_SECURITY_URL" "$FLUX_SECURITY_SHA256" with_configure
  compile flux-core "$FLUX_CORE_URL" "$FLUX_CORE_SHA256" with_configure --with-flux-security --disable-docs
  compile flux-sched "$FLUX_SCHED_URL" "$FLUX_SCHED_SHA256" with_cmake
  rm -rf "$BUILD"
  set_up_imp
  "$PREFIX/bin/flux" version || die "the Flux that was compiled, $PREFIX/bin/flux, doesn't run"
  printf '%s\n' "$PREFIX" | write_file "$ETC/flux-prefix" 644
}

# Debian's package makes a key when it is installed: every node of the image would have the same one.
keep_no_munge_key() {
  systemctl stop munge.service
  rm -f "$MUNGE_KEY_FILE"
  write_file /etc/systemd/system/munge.service.d/flux-usernetes.conf 644 <<END
[Unit]
ConditionPathExists=$MUNGE_KEY_FILE
END
  systemctl daemon-reload
}

# compile NAME URL SHA256 FUNCTION [OPTION...]
compile() {
  local name=$1 url=$2 sha256=$3 started=$SECONDS
  shift 3
  say "compiling $name of $url"
  download "$url" "$sha256" "$BUILD/$name.tar.gz"
  mkdir -p "$BUILD/$name"
  tar --extract --gzip --no-same-owner --strip-components=1 --directory "$BUILD/$name" --file "$BUILD/$name.tar.gz" ||
    die "$url can't be unpacked to $BUILD"
  (cd "$BUILD/$name" && "$@") || die "$name can't be compiled: its own messages are before this one"
  say "compiled $name in $((SECONDS - started)) s"
}

with_configure() {
  ./configure --quiet --prefix="$PREFIX" "$@" || return
  make --silent -j "$(nproc)" || return
  make --silent install
}

with_cmake() {
  cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX="$PREFIX" -DENABLE_DOCS=OFF || return
  cmake --build build --parallel "$(nproc)" || return
  cmake --install build
}

# The one program that runs as root, for the owner of the system instance only.
set_up_imp() {
  local imp=$PREFIX/libexec/flux/flux-imp
  [[ -f $imp ]] || die "flux-security has installed no $imp"
  chown root:root "$imp"
  chmod 4755 "$imp"
  write_file "$PREFIX/etc/flux/imp/conf.d/imp.toml" 644 <<END
[exec]
allowed-users = ["$OWNER"]
allowed-shells = ["$PREFIX/libexec/flux/flux-shell"]
END
  write_file "$PREFIX/etc/flux/security/conf.d/sign.toml" 644 <<'END'
[sign]
# Two weeks.
max-ttl = 1209600
default-type = "munge"
allowed-types = ["munge"]
END
}

main "$@"
