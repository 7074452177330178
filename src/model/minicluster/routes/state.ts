/** Saves and restores the archive, which the operator only restores, and that whatever it holds (traps T17, T86). */
import { isPlainWord, shellQuote } from '../../flux/quoting';
import { STATE_PROGRAM, archiveEnvironment } from '../../state/environment';
import { podVolumes } from '../../state/archive-volume';
import { ArchiveOptions } from '../../state/read-archive';
import { ArchiveSave } from '../../state/spec';
import { readCluster } from '../cluster';
import { OperatorVersion } from '../operator-version';
import { savesByItself } from '../rules/common/archive';
import { Draft, Route, addPrelude } from './route';

/** Seconds that pods have from the signal to the kill, and until a lock of a lost node has expired on a file server. */
const LOCK_WAIT = 30 + 90;

function keepState(draft: Draft): void {
  const { spec, options, runner, metadata, release, scripts } = draft;
  const { archive } = options;
  // Its brokerPre runs in every pod: the archive is left as written, and a rule tells (MC188).
  if (release === OperatorVersion.MULTIPLE_APPLICATIONS) return;
  const container = runner === undefined ? undefined : spec.containers[runner];
  if (!archive || runner === undefined || !container) return;
  const cluster = readCluster(metadata, spec, release, draft.mounts);
  const variables = archiveEnvironment(archive, podVolumes(cluster), LOCK_WAIT);
  const file = (name: string): string => scripts.addAsset(runner, name);
  STATE_PROGRAM.forEach(file);
  const { brokerPre, post } = container.commands ?? {};
  container.commands = {
    ...container.commands,
    // Behind a hook of the user's, which may bring the archive; in a file, since its last line may go on.
    brokerPre: [
      ...(brokerPre ? [`. ${scripts.add(runner, 'own-broker-pre.sh', brokerPre)}`] : []),
      exportLine({ ...variables, MINICLUSTER_QUIET: spec.logging?.quiet ? 'true' : undefined }),
      `. ${file('minicluster/keep-state.sh')}`,
    ].join('\n'),
  };
  // What is said in hooks is not heard then. In braces, behind which the redirection of a quiet hook ends.
  if (spec.logging?.quiet) addPrelude(draft, runner, '{ exec {minicluster_errors}>&2; }');
  // The operator would restore the archive without a look at it.
  delete spec.archive;
  if (archive.save === ArchiveSave.NEVER) return;
  const commit = `. ${file('minicluster/commit-state.sh')}`;
  container.commands.post = post ? `${commit}\n${post}` : commit;
  stopWithState(draft, runner, archive);
}

/** Shuts Flux down when the pod is deleted, after a hook of the user's own. */
function stopWithState(draft: Draft, runner: number, { drainSeconds }: ArchiveOptions): void {
  const { scripts } = draft;
  const container = draft.spec.containers[runner];
  if (!container) return;
  const stop = `exec /bin/bash ${scripts.addAsset(runner, 'minicluster/stop-with-state.sh')}`;
  if (drainSeconds > 0) scripts.addAsset(runner, 'state/drain.sh');
  const own = container.lifeCycle?.preStopExec;
  const lines = ['#!/bin/bash', ...(own ? [callOf(own, draft, runner)] : []), stop];
  const { path, install } = scripts.addProgram(runner, 'stop.sh', `${lines.join('\n')}\n`);
  addPrelude(draft, runner, install);
  container.lifeCycle = { ...container.lifeCycle, preStopExec: path };
}

/** The hook as the line of a script: a program by itself, or a text that becomes one. */
function callOf(hook: string, draft: Draft, runner: number): string {
  // In a subshell: the name may be that of a builtin that ends the script.
  if (!/\s/.test(hook)) return `(${wordOf(hook)})`;
  const program = hook.startsWith('#!') ? hook : `#!/bin/bash\n${hook}`;
  const { path, install } = draft.scripts.addProgram(runner, 'pre-stop.sh', program);
  addPrelude(draft, runner, install);
  return path;
}

function wordOf(value: string): string {
  return isPlainWord(value) ? value : shellQuote(value);
}

function exportLine(variables: Readonly<Record<string, string | undefined>>): string {
  const words = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${wordOf(value)}`],
  );
  return `export ${words.join(' ')}`;
}

/** Is the archive told by its path alone, as the resource does, and saved by nobody? */
function isLeftUnsaved({ metadata, spec, release, mounts, options }: Draft): boolean {
  if (!options.archive || options.archive.isExplicit) return false;
  return !savesByItself(readCluster(metadata, spec, release, mounts));
}

export const STATE_ROUTES: readonly Route[] = [
  {
    codes: ['MC017'],
    apply: (draft) => {
      if (isLeftUnsaved(draft)) keepState(draft);
    },
  },
  {
    codes: [],
    apply: (draft) => {
      if (draft.options.archive?.isExplicit) keepState(draft);
    },
  },
];
