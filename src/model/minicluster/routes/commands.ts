/** Commands, batch texts and scripts that the entrypoint would mangle become files. */
import { isPlainInHeredoc } from '../../flux/quoting';
import { submitEachLine } from '../batch-text';
import { canBecomeAFile, isInlineSafe, isSafeInEcho } from '../rules/common/commands';
import { Route } from './route';

/** What this module needs to know of a container, in either API version. */
export interface CommandHolder {
  command?: string;
  batch?: boolean;
  batchRaw?: boolean;
}

/** Takes the text of a file by its name, and gives the path of the file in the pod. */
export type AddFile = (key: string, text: string) => string;

const run = (path: string): string => `/bin/bash ${path}`;

/**
 * Moves the command of the Flux container into a file where words alone don't carry it.
 * @param isHarmless what else must hold for a command to stay where it is
 */
export function moveCommand(
  container: CommandHolder,
  addFile: AddFile,
  isHarmless: (command: string) => boolean = () => true,
): void {
  const { command } = container;
  if (!command?.trim() || container.batch || (isInlineSafe(command) && isHarmless(command))) return;
  container.command = run(addFile('command.sh', command));
}

/** A line with options for `flux batch` (RFC 36): `#FLUX: -N 4`. */
const DIRECTIVE = /^[^A-Za-z0-9]+(FLUX|flux):/;

/** What differs between the API versions. */
interface BatchOptions {
  /** What is put before each line of a text that isn't raw. */
  readonly submit?: string;
  /** What else must hold for a text to stay where it is. */
  readonly isHarmless?: (text: string) => boolean;
}

/**
 * Moves the batch text into a file. The operator then writes a batch file of one line that runs it, so
 * that all else about the batch job (nodes, tasks, flags, the wait) stays with the operator.
 */
export function moveBatchText(
  container: CommandHolder,
  addFile: AddFile,
  { submit = 'flux submit', isHarmless = () => true }: BatchOptions = {},
): void {
  const { command, batch, batchRaw = false } = container;
  if (!command?.trim() || !batch || !canBecomeAFile({ text: command, raw: batchRaw })) return;
  if (isSafeInEcho(command) && isHarmless(command)) return;
  const text = batchRaw ? command : submitEachLine(command, submit);
  // Directives are read by `flux batch` from the file that it is given, which is the operator's.
  const directives = text.split('\n').filter((line) => DIRECTIVE.test(line));
  container.command = [...directives, run(addFile('batch.sh', text))].join('\n');
  container.batchRaw = true;
}

export const COMMAND_ROUTES: readonly Route[] = [
  {
    codes: ['MC001', 'MC002', 'MC003'],
    apply: ({ spec, runner, scripts }) => {
      const container = runner === undefined ? undefined : spec.containers[runner];
      if (runner !== undefined && container)
        moveCommand(container, (key, text) => scripts.add(runner, key, text));
    },
  },
  {
    codes: ['MC004', 'MC005'],
    apply: ({ spec, runner, scripts }) => {
      const container = runner === undefined ? undefined : spec.containers[runner];
      if (runner !== undefined && container)
        moveBatchText(container, (key, text) => scripts.add(runner, key, text));
    },
  },
  {
    codes: ['MC007'],
    apply: ({ spec, runner, scripts }) => {
      const container = runner === undefined ? undefined : spec.containers[runner];
      const script = container?.commands?.script;
      if (runner === undefined || !script || container.command || container.batch) return;
      if (isPlainInHeredoc(script, 'EOF')) return;
      container.command = run(scripts.add(runner, 'script.sh', script));
      delete container.commands?.script;
    },
  },
];
