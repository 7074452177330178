/** What the Flux container runs: the same words, and another reader. */
import { V1Alpha1Container } from '../api/v1alpha1';
import { submitEachLine } from '../batch-text';
import { canBecomeAFile, isInlineSafe, isSafeInEcho } from '../rules/common/commands';
import { V1Alpha1Cluster, V1Alpha1Mode } from '../v1alpha1/cluster';
import { Upgrade, isInteractive } from './upgrade-context';

/** The fields of a container that say what runs. */
export type CommandFields = Pick<V1Alpha1Container, 'command' | 'batchRaw'>;

export function upgradeCommand(upgrade: Upgrade, container: V1Alpha1Container, at: string): CommandFields {
  const { cluster, notes } = upgrade;
  const { command, batchRaw } = container;
  if (isInteractive(cluster)) {
    const [message, fix] =
      cluster.mode === V1Alpha1Mode.DIAGNOSTICS
        ? ['was never run beside diagnostics', 'leave interactive out and write it again to run it']
        : ['was never run: the cluster is interactive', 'leave interactive out if it is to run'];
    notes.lost(`${at}.command`, command || undefined, message, fix);
    return { batchRaw };
  }
  if (!command) return { command, batchRaw };
  if (cluster.mode === V1Alpha1Mode.BATCH) return upgradeBatch(upgrade, container, command, at);
  const expanded = withoutReferences(container, command);
  if (expanded !== command) {
    const message = 'has ${NAME} in place of $(NAME): Kubernetes put values in there, and bash does it now';
    notes.changed(`${at}.command`, command, message);
  }
  if (!isInlineSafe(expanded)) {
    notes.changed(
      `${at}.command`,
      command,
      'was split at blanks and line ends and never read by a shell; bash reads it now: each line is a command, and quotes, ' +
        '$ and operators count',
      'read it as a bash script',
    );
  }
  return { command: expanded, batchRaw };
}

/** The command was an argument of the container, in which Kubernetes replaces references to its variables. */
function withoutReferences({ environment = {}, secrets = {} }: V1Alpha1Container, command: string): string {
  return command.replace(/\$\(([A-Za-z_]\w*)\)/g, (reference, name: string) =>
    Object.hasOwn(environment, name) || Object.hasOwn(secrets, name) ? `\${${name}}` : reference,
  );
}

function upgradeBatch(
  upgrade: Upgrade,
  { batchRaw }: V1Alpha1Container,
  command: string,
  at: string,
): CommandFields {
  const { cluster, notes } = upgrade;
  if (!isSafeInEcho(command)) {
    notes.changed(
      `${at}.command`,
      command,
      'arrives as it is meant now: a shell expanded all $ and backticks without a backslash while the batch file was written',
      'write values in place of variables of the entrypoint',
    );
  }
  if (!carriesSubmitCommand(cluster)) return { command, batchRaw };
  notes.changed(
    `${at}.batchRaw`,
    batchRaw,
    'is true now, and each line of the batch text names flux.submitCommand, which v1alpha2 ignores for batch',
  );
  return { command: submitEachLine(command, cluster.spec.flux?.submitCommand ?? ''), batchRaw: true };
}

/** Does the submit command move into the batch text? Where its lines can't be submitted, the rules tell. */
export function carriesSubmitCommand({ mode, runner, spec }: V1Alpha1Cluster): boolean {
  const { command = '', batchRaw = false } = runner?.container ?? {};
  const hasOwn = Boolean(spec.flux?.submitCommand);
  return mode === V1Alpha1Mode.BATCH && hasOwn && !batchRaw && canBecomeAFile({ text: command, raw: false });
}
