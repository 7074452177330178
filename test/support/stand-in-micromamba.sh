#!/bin/bash
# A stand-in for micromamba: records what it is called with, and makes a prefix with a flux of the version that is asked
# for. Lines in the file on-create come first, and may end it.
RECORD=@RECORD@
printf '%s\n' "$*" >>"$RECORD/calls"
env | sort >"$RECORD/environment"
while (($#)); do
  case $1 in
    --prefix) prefix=$2 ;;
    --file) file=$2 ;;
    --dry-run) dry=yes ;;
  esac
  shift
done
[[ -z ${file:-} ]] || cp "$file" "$RECORD/list"
if [[ -e $RECORD/on-create ]]; then
  # shellcheck disable=SC1090,SC1091
  . "$RECORD/on-create"
fi
if [[ -n ${dry:-} ]]; then
  cat "$RECORD/answer"
  exit
fi
mkdir -p "$prefix/bin" "$prefix/conda-meta" "$CONDA_PKGS_DIRS/somewhere"
while read -r line; do
  [[ $line == http* ]] || continue
  name=${line%%#*} name=${name##*/}
  echo '{}' >"$prefix/conda-meta/${name%.conda}.json"
  [[ $name == flux-core-* ]] || continue
  version=${name#flux-core-} version=${version%%-*}
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho "$0 $*" >>%s/flux-calls\necho "libflux-core:  %s"\n' "$RECORD" "$version" >"$prefix/bin/flux"
  chmod 755 "$prefix/bin/flux"
done <"$file"
