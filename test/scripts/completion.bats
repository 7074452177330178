#!/usr/bin/env bats
# What completes the command minicluster, in a real bash and a real zsh.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || exit 1
  script=$PWD/assets/command-line/completion.bash
  work=$BATS_TEST_TMPDIR
}

# complete WORD...: what bash offers for the last word, one to a line.
complete_in_bash() {
  bash -c '
    set -u
    source "$1"
    shift
    COMP_WORDS=(minicluster "$@")
    COMP_CWORD=$#
    _minicluster
    ((${#COMPREPLY[@]})) && printf "%s\n" "${COMPREPLY[@]}" || true
  ' bash "$script" "$@"
}

# The subcommands, or the long options of one, as help prints them.
names_in_help() {
  node --import tsx --input-type=commonjs -e "
    const { commands } = require('./src/cli/program.ts');
    const io = { out() {}, err() {}, readInput: async () => Buffer.alloc(0), colours: false, isTerminal: false };
    const program = commands(io, () => {});
    const [name] = process.argv.slice(1);
    const help = (command) => command.createHelp();
    const names = name
      ? help(program).visibleOptions(program.commands.find((one) => one.name() === name)).map(({ long }) => long)
      : help(program).visibleCommands(program).map((one) => one.name());
    console.log(names.sort().join('\n'));
  " "$@"
}

@test "bash completes every subcommand that help names, and no other" {
  run complete_in_bash ''
  [ "$status" -eq 0 ]
  [ "$(grep -v '^--' <<<"$output" | sort)" = "$(names_in_help)" ]
}

@test "bash completes every option of each subcommand, and no other" {
  for name in check render upgrade diagram certificate explain completion; do
    [ "$(complete_in_bash "$name" -- | sort)" = "$(names_in_help "$name" | sort)" ]
  done
}

@test "bash completes values of options, and prefixes" {
  [ "$(complete_in_bash check --format s)" = sarif ]
  [ "$(complete_in_bash diagram --format '')" = $'mermaid\nsvg' ]
  [ "$(complete_in_bash diagram --theme d)" = dark ]
  [ "$(complete_in_bash check --operator '')" = $'0.2.0\nmultiple-applications-per-pod\n0.2.1\nmain' ]
  [ "$(complete_in_bash upgrade --flux v)" = view ]
  [ "$(complete_in_bash render --engine '')" = $'operator\njob' ]
  [ "$(complete_in_bash upgrade --engine j)" = job ]
  [ "$(complete_in_bash upgrade --feature-gate I)" = ImageVolume ]
  [ "$(complete_in_bash upgrade --flux-from i)" = image ]
  [ "$(complete_in_bash render --flux-from view-v)" = view-volume ]
  [ "$(complete_in_bash completion z)" = zsh ]
  [ "$(complete_in_bash ren)" = render ]
}

@test "bash leaves files to the shell, and offers nothing where a free text is wanted" {
  [ -z "$(complete_in_bash check '')" ]
  [ -z "$(complete_in_bash diagram --output '')" ]
  [ -z "$(complete_in_bash diagram '')" ]
  [ -z "$(complete_in_bash render --certificate s '')" ]
  [ -z "$(complete_in_bash upgrade --certificate '')" ]
  [ -z "$(complete_in_bash check --silence '')" ]
  grep -q -- '-o default' "$script"
}

@test "zsh completes subcommands, options and files through the same script" {
  command -v zsh >/dev/null || { echo 'zsh is missing; install the Debian package zsh'; return 1; }
  touch "$work/my-job.yaml"
  node --import tsx --input-type=commonjs -e "
    const { completion } = require('./src/cli/completion.ts');
    completion('zsh', { out: (text) => process.stdout.write(text) });
  " >"$work/completion.zsh"
  # In a terminal of its own, as a user would press the Tab key.
  cat >"$work/session.zsh" <<'ZSH'
zmodload zsh/zpty
TRAPEXIT() { zpty -d shell }
zpty shell zsh -f -i
send() { zpty -w shell "$1" }
send "PROMPT= RPS1= ; unsetopt zle_bracketed_paste prompt_cr; cd $WORK; bindkey '^I' complete-word"
send 'source ./completion.zsh'
send 'LISTMAX=1000; print READY'
zpty -r -m shell chunk '*READY*READY*'
zpty -w -n shell $'minicluster upg\t --flux v\t my-j\t'
sleep 1
zpty -w shell ''
out=
for i in {1..40}; do
  zpty -r -t shell chunk && out+=$chunk
  [[ $out == *my-job.yaml* ]] && break
  sleep 0.1
done
print -r -- "$out"
ZSH
  run env WORK="$work" timeout 30 zsh -f "$work/session.zsh"
  # The line as it stands on the screen, without colours and movements of the cursor.
  line=$(sed $'s/\x1b\\[[0-9;?]*[A-Za-z]//g' <<<"$output" | tr -d '\b\r' | tr -s ' ')
  echo "$line"
  [[ $line == *'minicluster upgrade --flux view my-job.yaml'* ]]
}
