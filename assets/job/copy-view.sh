#!/usr/bin/env bash
# Init container in a view image: copies Flux to where the application's containers see it.
#   the view      /opt/view (a folder, or a link to one)  to  $MINICLUSTER_ROOT/view
#   its packages  /opt/software                           to  $MINICLUSTER_SOFTWARE, mounted at /opt/software there
# The packages must be at the same path again: it is compiled into them. Only what a run needs is copied (see unneeded
# below); MINICLUSTER_VIEW_KEEP=development keeps what compiling against Flux needs as well, =all everything.
# Works as any user that can write to the two targets; needs bash and GNU coreutils (cp, ln, mkdir, mv, readlink, rm).
# MINICLUSTER_VIEW_SOURCE and MINICLUSTER_SOFTWARE_SOURCE name other places than /opt/view and /opt/software.
set -uo pipefail
shopt -s nullglob dotglob globstar
export LC_ALL=C

readonly ROOT=${MINICLUSTER_ROOT:-/mnt/flux}
readonly TARGET=${MINICLUSTER_SOFTWARE:?is the folder that the application has at /opt/software}
readonly PACKAGES=${MINICLUSTER_SOFTWARE_SOURCE:-/opt/software}
readonly SOURCE=${MINICLUSTER_VIEW_SOURCE:-/opt/view}
readonly KEEP=${MINICLUSTER_VIEW_KEEP:-run}
# Files given to one cp: far below the limit of a command line.
readonly BATCH=2000

die() { echo "minicluster: $*" >&2 && exit 1; }
say() { [[ ${MINICLUSTER_QUIET:-} == true ]] || echo "minicluster: $*"; }

# Is $1, a path inside a package or inside the view, left out? The patterns stop at what no running program reads.
unneeded() {
  [[ $KEEP != all ]] || return 1
  case $1 in
    .spack | .spack/* | man | man/* | doc | doc/* | docs | docs/* | info | info/*) return 0 ;;
    share/man | share/man/* | share/doc | share/doc/* | share/info | share/info/* | share/gtk-doc*) return 0 ;;
    # Tests of Python and its packages, and bytecode of python -O. Other bytecode saves time at each start of Flux.
    lib*/python3*/test/* | lib*/python3*/tests/* | lib*/python3*/idle_test/* | lib*/python3*/turtledemo/*)
      # A folder `test` of another package can be part of its interface.
      [[ $1 == */site-packages/* && $1 != */tests/* ]] || return 0
      ;;
    *.opt-[12].pyc) return 0 ;;
  esac
  [[ $KEEP != development ]] || return 1
  case $1 in
    lib*/cmake/* | lib*/pkgconfig/* | include | include/* | share/pkgconfig/* | share/cmake/*) return 0 ;;
    share/aclocal/* | lib*/python3*/config-3*) return 0 ;;
    # Not below bin: a program may have such a name.
    lib*/*.a | lib*/*.la) return 0 ;;
  esac
  return 1
}

# Packages that are only ever run to build others, should the image's builder have left them.
is_build_tool() {
  [[ $KEEP == run ]] || return 1
  case ${1##*/} in
    autoconf-[0-9]* | automake-[0-9]* | bison-[0-9]* | cmake-[0-9]* | gmake-[0-9]* | gnuconfig-[0-9]*) return 0 ;;
    help2man-[0-9]* | m4-[0-9]* | meson-[0-9]* | ninja-[0-9]* | pkgconf-[0-9]* | texinfo-[0-9]*) return 0 ;;
  esac
  return 1
}

# Appends to `files` the paths below folder $1 (relative to the current folder) that are needed.
files=()
collect() {
  local top path
  for top in "$1"/*; do
    path=${top#"$1"/}
    if unneeded "$path"; then continue; fi
    if [[ -L $top || ! -d $top ]]; then
      files+=("$top")
      continue
    fi
    for path in "$top"/**; do
      if [[ -d $path && ! -L $path ]] || unneeded "${path#"$1"/}"; then continue; fi
      files+=("$path")
    done
  done
}

# A package is a folder of the usual kind; above it are folders of the platform and the compiler, as Spack was told to.
is_package() {
  local kind
  for kind in .spack bin lib lib64 libexec share include etc; do
    if [[ -d $1/$kind ]]; then return 0; fi
  done
  return 1
}

packages=()
collect_packages() {
  local entry
  for entry in "$1"/*; do
    if [[ ${entry##*/} == .spack* || ${entry##*/} == lost+found ]] || is_build_tool "$entry"; then continue; fi
    if [[ -L $entry || ! -d $entry ]]; then
      files+=("$entry")
    elif is_package "$entry"; then
      packages+=("$entry")
      collect "$entry"
    else
      collect_packages "$entry"
    fi
  done
}

# Copies `files` of the current folder into folder $1. What an earlier run left half written is replaced.
# Paths must not begin with ./ here: cp would then set the times of folder $1, which another user may own.
copy() {
  local start errors batch
  for ((start = 0; start < ${#files[@]}; start += BATCH)); do
    batch=("${files[@]:start:BATCH}")
    if ! errors=$(cp -P --parents --remove-destination --preserve=mode,timestamps,links -t "$1" -- \
      "${batch[@]#./}" 2>&1); then
      case $errors in
        *'No space left'* | *'quota exceeded'*) die "the volume at $1 is full: the view needs more room than it has" ;;
        *) die "can't copy the view to $1: ${errors%%$'\n'*}" ;;
      esac
    fi
  done
}

# Links of the view into itself are absolute: they must lead into the copy. What they lead to elsewhere is a package.
turn_links() {
  local copy=$1 start path link next links=()
  for path in "${files[@]}"; do
    if [[ -L $path ]]; then links+=("$path"); fi
  done
  for ((start = 0; start < ${#links[@]}; start += BATCH)); do
    next=$start
    while read -r link; do
      path=${links[next++]}
      case $link in
        "$view"/*) link=$ROOT/view/${link#"$view"/} ;;
        "$SOURCE"/*) link=$ROOT/view/${link#"$SOURCE"/} ;;
        *) continue ;;
      esac
      ln -sfn "$link" "$copy/$path" || die "can't write to $copy"
    done < <(readlink -- "${links[@]:start:BATCH}")
  done
}

view=$(readlink -f "$SOURCE" 2>/dev/null)
if [[ ! -x $view/bin/flux ]]; then
  for folder in "${SOURCE%/*}"/views/view "${SOURCE%/*}"/views/._view/*; do
    if [[ -x $folder/bin/flux ]]; then view=$(readlink -f "$folder"); fi
  done
fi
[[ -x $view/bin/flux ]] ||
  die "this image is no view image: it takes bin/flux in $SOURCE (a folder, or a link to one)" \
    "and the packages that it links to in $PACKAGES"

# Says which view a finished copy is of. A container that is started again finds it and is done.
copied=$ROOT/view-copied
names=("$PACKAGES"/*/*)
mark="$KEEP $view ${names[*]}"
if [[ -e $ROOT/view/bin/flux || -L $ROOT/view/bin/flux ]] && [[ -e $copied && $(<"$copied") == "$mark" ]]; then
  say "the view is copied already"
  exit 0
fi

for folder in "$ROOT" "$TARGET"; do
  mkdir -p "$folder" 2>/dev/null
  [[ -w $folder ]] || die "can't write to $folder: is a volume mounted there, and is this user (id $UID) allowed to?"
done
rm -rf "$copied" "$ROOT/view-new" || die "can't write to $ROOT"

if [[ -d $PACKAGES ]]; then
  cd "$PACKAGES" || die "can't read $PACKAGES"
  collect_packages .
  copy "$TARGET"
fi
total=${#files[@]}

files=()
cd "$view" || die "can't read $view"
collect .
mkdir "$ROOT/view-new" || die "can't write to $ROOT"
copy "$ROOT/view-new"
turn_links "$ROOT/view-new"

# Whoever sees the view sees all of it, and all of its packages.
if ! { rm -rf "$ROOT/view" && mv -T "$ROOT/view-new" "$ROOT/view" && printf '%s\n' "$mark" >"$copied.new" &&
  mv "$copied.new" "$copied"; }; then
  die "can't write to $ROOT"
fi
say "copied $total files of ${#packages[@]} packages and ${#files[@]} of the view in $SECONDS s"
