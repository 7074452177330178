# Completion of the command minicluster for bash; zsh reads it through bashcompinit.
# shellcheck shell=bash disable=SC2207 # names of files with blanks are completed by the shell itself (-o default)

_minicluster() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' word words=''

  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case $word in
      -*) ;;
      *)
        command=$word
        break
        ;;
    esac
  done

  case $command:$previous in
    check:--format) words='human json sarif' ;;
    diagram:--format) words='mermaid svg' ;;
    *:--theme) words='light dark' ;;
    diagram:--output | diagram:-o) return 0 ;;
    *:--operator) words='0.2.0 multiple-applications-per-pod 0.2.1 main' ;;
    upgrade:--flux) words='image view' ;;
    *:--engine) words='operator job' ;;
    *:--flux-from) words='image view-copy view-volume' ;;
    *:--feature-gate) words='SidecarContainers JobPodReplacementPolicy JobSuccessPolicy ImageVolume' ;;
    *:--silence | *:--certificate | *:--namespace | *:--key | *:--kubernetes) return 0 ;;
    :*) words='check render upgrade diagram certificate explain completion help --help --version' ;;
    check:*) words='--format --operator --silence --strict --help' ;;
    render:*)
      words='--operator --silence --engine --namespace --kubernetes --feature-gate --flux-from --report-failure'
      words+=' --certificate --help'
      ;;
    upgrade:*)
      words='--flux --silence --engine --namespace --kubernetes --feature-gate --flux-from --certificate --help'
      ;;
    diagram:*) words='--format --theme --output --help' ;;
    certificate:*) words='--namespace --key --help' ;;
    completion:*) words='bash zsh --help' ;;
    help:*) words='check render upgrade diagram certificate explain completion' ;;
    *) words='--help' ;;
  esac

  case $command:$current in
    check:-* | render:-* | upgrade:-* | diagram:-*) ;;
    check:* | render:* | upgrade:* | diagram:*)
      # A file, unless an option waits for its value.
      case $previous in
        --format | --theme | --operator | --flux | --engine | --flux-from | --feature-gate) ;;
        *) return 0 ;;
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -o default -F _minicluster minicluster
