import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, Io } from './io';

/** The shells that are known. */
export enum Shell {
  BASH = 'bash',
  ZSH = 'zsh',
}

/** As it is shipped; the same two folders up from src/ and from lib/. */
const SCRIPT = join(__dirname, '../../assets/command-line/completion.bash');

/** zsh reads completions of bash, after these. */
const BEFORE_IN_ZSH =
  'autoload -U +X compinit bashcompinit\n(( $+functions[compdef] )) || compinit -u\nbashcompinit\n';

/** Prints what a shell reads at its start. */
export function completion(shell: Shell, io: Io): ExitCode {
  io.out(`${shell === Shell.ZSH ? BEFORE_IN_ZSH : ''}${readFileSync(SCRIPT, 'utf8')}`);
  return ExitCode.CLEAN;
}
