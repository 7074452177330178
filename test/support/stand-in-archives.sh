# shellcheck shell=bash disable=SC2154
# Sourced by a stand-in for flux, with its command in $verb and the arguments behind it: the archives of one instance, in
# the folder $ARCHIVES. Lines of bash in $ARCHIVES/on-create and $ARCHIVES/on-extract come first, and may end it.
name='' folder='' words=()
archive_options() {
  while (($#)); do
    case $1 in
      --name=* | --tags=*) name=${1#*=} ;;
      -C) folder=$2 && shift ;;
      --) shift && words+=("$@") && return ;;
      -*) ;;
      *) words+=("$1") ;;
    esac
    shift
  done
}
fault() {
  # shellcheck disable=SC1090
  [[ ! -e $ARCHIVES/on-$1 ]] || . "$ARCHIVES/on-$1"
}
# What is in a file, or in the folder of an archive.
content() {
  local file
  shopt -s globstar dotglob nullglob
  for file in "$1"/**; do
    if [[ -f $file ]]; then printf '%s ' "${file#"$1"}" && sha256sum <"$file"; fi
  done
}
case $verb:${1:-} in
  version:) printf 'commands:\t\t%s\nlibflux-core:\t\t%s\n' "${FLUX_RELEASE:-0.88.0}" "${FLUX_RELEASE:-0.88.0}" ;;
  archive:create | filemap:map)
    archive_options "${@:2}"
    fault create
    if [[ -e $ARCHIVES/$name && $* != *--overwrite* ]]; then
      echo "flux-archive: key exists" >&2
      exit 1
    fi
    rm -rf "${ARCHIVES:?}/$name" && mkdir -p "$ARCHIVES/$name" && cd "$folder" &&
      cp -a --parents -- "${words[@]}" "$ARCHIVES/$name" || exit 1
    exit 0
    ;;
  archive:extract | filemap:get)
    archive_options "${@:2}"
    fault extract
    cp -a "$ARCHIVES/$name/." "$folder"
    exit
    ;;
  archive:remove | filemap:unmap)
    archive_options "${@:2}"
    rm -rf "${ARCHIVES:?}/$name"
    exit 0
    ;;
  kvs:get)
    [[ -e $ARCHIVES/${3#archive.} ]] || exit 1
    printf '{"data":["%s"]}\n' "$(content "$ARCHIVES/${3#archive.}" | sha256sum)"
    exit 0
    ;;
  filemap:list)
    archive_options "${@:2}"
    [[ ! -e $ARCHIVES/$name ]] || content "$ARCHIVES/$name"
    exit 0
    ;;
esac
