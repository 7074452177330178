/** Traps T16, T19 and T21: options that the mode of the MiniCluster leaves unused, or needs. */
import { Severity } from '../../../problems';
import { Containers } from '../../located-containers';
import { CommonRule } from '../rule';

export const COMMAND_OF_AN_INTERACTIVE_CLUSTER: CommonRule<
  Containers<{ readonly command?: string }, 'runner'> & {
    readonly spec: { readonly interactive?: boolean };
  }
> = {
  traps: ['T16'],
  severity: Severity.ERROR,
  title: 'is never run: interactive clusters run no command',
  consequence:
    'The brokers start without an initial program: the command is skipped and the cluster stays up.',
  remedy: 'remove interactive to run the command, or remove the command to submit by hand',
  check: ({ spec, runner }, report) => {
    const command = runner?.container.command;
    if (spec.interactive && command) report(`${runner.path}.command`, command);
  },
};

/** @param submit the mode in which it is used */
export function unusedSubmitCommand<Mode>(submit: Mode): CommonRule<{
  readonly spec: { readonly flux?: { readonly submitCommand?: string } };
  readonly mode: Mode;
}> {
  return {
    traps: ['T19'],
    severity: Severity.ERROR,
    title: 'is used in submit mode only',
    consequence: 'Batch, launcher and interactive clusters run as if it was not there.',
    remedy: 'remove it, or write the submit command into a raw batch text',
    check: ({ spec, mode }, report) => {
      if (spec.flux?.submitCommand && mode !== submit) report('flux.submitCommand', spec.flux.submitCommand);
    },
  };
}

/** @param submitting the modes in which the operator submits the command */
export function missingTasks<Mode>(submitting: readonly Mode[]): CommonRule<{
  readonly spec: { readonly tasks?: number };
  readonly size: number;
  readonly mode: Mode;
}> {
  return {
    traps: ['T21'],
    severity: Severity.ERROR,
    title: 'is missing, and the default is one task on one node',
    consequence: 'A cluster of 64 pods runs `flux submit -n 1`: 63 of them stay idle.',
    remedy: 'write tasks: the number of processes over all nodes',
    check: ({ spec, size, mode }, report) => {
      if (submitting.includes(mode) && size > 1 && spec.tasks === undefined) report('tasks', undefined);
    },
  };
}
