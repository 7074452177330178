# shellcheck shell=bash
# Sourced: puts Flux on PATH, whichever way it came into the pod, and exits 127 with a sentence when it did not come.
#   copied        $MINICLUSTER_ROOT/view, made by copy-view.sh; its packages are mounted at /opt/software
#   image volume  /opt/views and /opt/software are folders of a view image; $MINICLUSTER_ROOT/view becomes a link there
#   image         `flux` is on PATH already
# A view that is there was asked for, so its flux is the one that runs. All else in its bin (python3, lua, openssl ...)
# stands behind the programs of the image, which the application needs.
# Reads MINICLUSTER_ROOT, MINICLUSTER_VIEWS (default /opt/views), MINICLUSTER_FLUXION, MINICLUSTER_PYTHON_PATH.
# Exports MINICLUSTER_VIEW: the folder of the view, empty when Flux is the image's own.
# With flux_path_is_optional=yes it is no failure if there is none.
# May be sourced again, under set -u and set -e, by several containers at once. Starts at most one program.

# Appends folder $2 to the colon-separated variable $1, once.
flux_path_append() {
  local current=${!1:-}
  if [[ ":$current:" != *":$2:"* ]]; then export "$1=${current:+$current:}$2"; fi
}

# Sets MINICLUSTER_VIEW.
flux_path_find_view() {
  local root=${MINICLUSTER_ROOT:-/mnt/flux} views=${MINICLUSTER_VIEWS:-/opt/views} folder
  export MINICLUSTER_VIEW=''
  if [[ ! -L $root/view && -x $root/view/bin/flux ]]; then
    MINICLUSTER_VIEW=$root/view
    return
  fi
  for folder in "$views"/._view/* "$views"/*; do
    [[ -x $folder/bin/flux ]] || continue
    # Spack leaves older generations of a view; the link beside them says which one is in use.
    [[ ! -e $views/view || $folder -ef $views/view ]] || continue
    MINICLUSTER_VIEW=$folder
    break
  done
  # The container of an image that was built around a view, with an entrypoint that would have set PATH.
  if [[ -z $MINICLUSTER_VIEW && -x /opt/view/bin/flux ]]; then
    hash flux 2>/dev/null || true
    if [[ ${BASH_CMDS[flux]:-/opt/view/bin/flux} -ef /opt/view/bin/flux ]]; then MINICLUSTER_VIEW=/opt/view; fi
  fi
  [[ -n $MINICLUSTER_VIEW ]] || return 0
  # The place where people look for the view. Making a link is atomic: of several containers one wins, for all the same.
  if [[ ! $root/view -ef $MINICLUSTER_VIEW ]]; then
    ln -sT "$MINICLUSTER_VIEW" "$root/view" 2>/dev/null || [[ $root/view -ef $MINICLUSTER_VIEW ]] ||
      ln -sfT "$MINICLUSTER_VIEW" "$root/view" 2>/dev/null || true
  fi
  if [[ $root/view -ef $MINICLUSTER_VIEW ]]; then MINICLUSTER_VIEW=$root/view; fi
}

# Makes `flux` the view's.
flux_path_use_view() {
  local first=${MINICLUSTER_ROOT:-/mnt/flux}/view-first
  flux_path_append PATH "$MINICLUSTER_VIEW/bin"
  hash -r
  if hash flux 2>/dev/null && [[ ${BASH_CMDS[flux]} -ef $MINICLUSTER_VIEW/bin/flux ]]; then return 0; fi
  # The image has another Flux in front: a folder with nothing but the view's flux goes before it.
  if [[ ! $first/flux -ef $MINICLUSTER_VIEW/bin/flux ]]; then
    mkdir -p "$first" 2>/dev/null || true
    ln -sfT "$MINICLUSTER_VIEW/bin/flux" "$first/flux" 2>/dev/null || true
  fi
  [[ $first/flux -ef $MINICLUSTER_VIEW/bin/flux ]] || first=$MINICLUSTER_VIEW/bin
  export PATH="$first:$PATH"
  hash -r
}

# Each package of a view was configured with a prefix of its own, so flux-core finds what is its own by itself, and
# nothing of flux-sched, flux-pmix, lua-luaposix and the Python packages.
flux_path_set_environment() {
  local view=$MINICLUSTER_VIEW folder file prefix='' files=()
  for folder in "$view"/lib/python3*/site-packages; do
    if [[ -d $folder && -z ${MINICLUSTER_PYTHON_PATH:-} ]]; then flux_path_append PYTHONPATH "$folder"; fi
  done
  for folder in "$view"/lib/flux/modules "$view"/lib64/flux/modules; do
    if [[ -d $folder ]]; then flux_path_append FLUX_MODULE_PATH "$folder"; fi
  done
  if [[ -d $view/libexec/flux/cmd ]]; then flux_path_append FLUX_EXEC_PATH "$view/libexec/flux/cmd"; fi
  if [[ -d $view/lib/flux/upmi/plugins ]]; then
    flux_path_append FLUX_PMI_CLIENT_SEARCHPATH "$view/lib/flux/upmi/plugins"
  fi
  for folder in "$view"/share/lua/5.*; do
    if [[ -d $folder ]]; then
      export FLUX_LUA_PATH_PREPEND="$folder/?.lua;$folder/?/init.lua"
      export FLUX_LUA_CPATH_PREPEND="$view/lib/lua/${folder##*/}/?.so"
    fi
  done

  # Start-up files must be read from the package that they are of: in the view they lie beside those of flux-core,
  # which would run twice.
  for file in shell/lua.d/pmix.lua rc1.d/01-sched-fluxion modprobe/modprobe.d/fluxion.toml; do
    if [[ -e $view/etc/flux/$file && ($file == */pmix.lua || ${MINICLUSTER_FLUXION:-} == true) ]]; then
      files+=("$view/etc/flux/$file")
    fi
  done
  [[ ${#files[@]} -gt 0 ]] || return 0
  while read -r file; do
    case $file in
      */bin/flux) prefix=${file%/bin/flux} ;;
      # flux-core itself reads these of its own prefix.
      "$prefix"/etc/*) ;;
      */pmix.lua) flux_path_append FLUX_SHELL_RC_PATH "${file%/*}" ;;
      # The folder above rc1.d: with rc1.d itself nothing is found, and sched-simple is loaded instead.
      */rc1.d/*) flux_path_append FLUX_RC_EXTRA "${file%/rc1.d/*}" ;;
      */modprobe.d/*) flux_path_append FLUX_MODPROBE_PATH_APPEND "${file%/modprobe.d/*}" ;;
    esac
  done < <(readlink -f "$view/bin/flux" "${files[@]}")
}

flux_path_fail() {
  local root=${MINICLUSTER_ROOT:-/mnt/flux} views=${MINICLUSTER_VIEWS:-/opt/views} why='' file
  for file in "$root/view/bin/flux" "$views"/*/bin/flux "$views"/._view/*/bin/flux; do
    if [[ -f $file && ! -x $file ]]; then
      why=" ($file can't be executed: is it on a mount with noexec?)"
    elif [[ -L $file && ! -e $file ]]; then
      why=" ($file is there, but not the package that it links to: is /opt/software mounted in this container?)"
    fi
  done
  if [[ -d /opt/software/opt/software || -d $views/opt/views ]]; then
    why=" (the container runtime mounted the whole image and ignored subPath: it takes containerd 2.2 or CRI-O 1.33)"
  fi
  echo "minicluster: there is no flux here$why: it must be on the PATH of the image, or be copied from a view image" \
    "to $root/view, or come from a view image mounted at $views and /opt/software" >&2
  exit 127
}

flux_path_find_view
if [[ -n $MINICLUSTER_VIEW ]]; then
  flux_path_use_view
  flux_path_set_environment
fi
if [[ -n ${MINICLUSTER_PYTHON_PATH:-} ]]; then flux_path_append PYTHONPATH "$MINICLUSTER_PYTHON_PATH"; fi
# Where Flux and Fluxion have one prefix, Fluxion is loaded unless its own start-up script is told not to.
if [[ ${MINICLUSTER_FLUXION:-} != true ]]; then export FLUXION_RESOURCE_RC_NOOP=1 FLUXION_QMANAGER_RC_NOOP=1; fi
hash flux 2>/dev/null || [[ ${flux_path_is_optional:-} == yes ]] || flux_path_fail
unset -f flux_path_append flux_path_find_view flux_path_use_view flux_path_set_environment flux_path_fail
