/** The files that the scripts of the pods read: theirs, and the user's texts as they were given. */
import { posix } from 'node:path';
import { STAGING_ASSETS, stagingList } from '../staging/files';
import { isPlainCommand, shellQuote } from '../flux/quoting';
import { readAsset } from '../assets';
import { STATE_PROGRAM } from '../state/environment';
import { submitEachLine } from '../minicluster/batch-text';
import { RunMode, wrappedSidecars } from '../minicluster/cluster';
import { brokerOptions, configurationOf } from './broker';
import { FluxFrom } from './input';
import { JobCluster } from './job-cluster';

/** Where the files are mounted in the pods. */
export const SCRIPTS = '/flux-scripts';

/** Files of a ConfigMap by their keys. */
export type Files = Readonly<Record<string, string>>;

/** The key of a file in a ConfigMap stands for its path: keys have no slashes. */
const NO_AFFINITY = 'no-affinity.lua';

/** All files of a cluster: what is its own first, then the scripts. */
export function scriptFiles(cluster: JobCluster): Files {
  return { ...ownFiles(cluster), ...assetsOf(cluster) };
}

/** What is a cluster's own. */
export function ownFiles(cluster: JobCluster): Files {
  const { spec, runner } = cluster;
  const { commands = {} } = runner?.container ?? {};
  return given({
    'broker.toml': configurationOf(cluster),
    'broker-options': `${brokerOptions(cluster).join('\n')}\n`,
    wrap: wrapOf(spec.flux?.wrap),
    'option-flags': spec.flux?.optionFlags,
    'submit-command': spec.flux?.submitCommand,
    'view-environment.sh': exportsOf(spec.flux?.environment),
    ...commandFiles(cluster),
    prefix: commands.prefix,
    'init.sh': commands.init,
    'pre.sh': commands.pre,
    'broker-pre.sh': commands.brokerPre,
    'worker-pre.sh': commands.workerPre,
    'post.sh': commands.post,
    staging: stagingList(cluster.staging),
    ...sidecarFiles(cluster),
  });
}

/** The scripts that a cluster needs. There are few different sets, and many clusters. */
export function assetsOf(cluster: JobCluster): Files {
  const names = ['job/start.sh', 'job/node.sh', 'job/run.sh', 'job/common.sh', 'job/flux-path.sh'];
  if (cluster.fluxFrom === FluxFrom.VIEW_COPY) names.push('job/copy-view.sh');
  if (cluster.archive) names.push(...STATE_PROGRAM);
  if (cluster.archive?.drainSeconds) names.push('state/drain.sh');
  if (cluster.staging.length > 0) names.push(...STAGING_ASSETS);
  if (cluster.options.probes) names.push('job/probe.sh');
  if (cluster.broker.cores !== undefined) names.push(`job/${NO_AFFINITY}`);
  if (wrappedSidecars(cluster).length > 0) names.push('job/sidecar.sh');
  names.push(...cluster.broker.scripts);
  const key = names.join(' ');
  const files =
    ASSETS.get(key) ?? Object.fromEntries(names.map((name) => [posix.basename(name), readAsset(name)]));
  ASSETS.set(key, files);
  return files;
}

const ASSETS = new Map<string, Files>();

/** What the lead broker runs. Plain words stay words, which saves a shell for each task. */
function commandFiles({ mode, runner }: JobCluster): Record<string, string> {
  const { command = '', batchRaw, commands } = runner?.container ?? {};
  if (mode === RunMode.INTERACTIVE) return {};
  if (mode === RunMode.BATCH)
    return { 'batch.sh': withShebang(batchRaw ? command : submitEachLine(command, 'flux submit')) };
  if (commands?.script) return { 'command.sh': commands.script };
  if (!isPlainCommand(command)) return { 'command.sh': command };
  const words = command.split(/[ \t\n]+/).filter((word) => word !== '');
  return { command: `${words.join('\n')}\n` };
}

/** `flux batch` takes scripts only: texts that start with `#!`. */
function withShebang(text: string): string {
  return text.startsWith('#!') ? text : `#!/bin/bash\n${text}`;
}

/** `flux start --wrap` takes words between commas. */
function wrapOf(words: string | undefined): string | undefined {
  return words ? words.split(',').map(shellQuote).join(' ') : undefined;
}

function exportsOf(environment: Readonly<Record<string, string>> | undefined): string | undefined {
  if (environment === undefined) return undefined;
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${shellQuote(value)}\n`)
    .join('');
}

/** The texts of sidecars that start through a script of ours, by the index of the container. */
function sidecarFiles(cluster: JobCluster): Record<string, string | undefined> {
  const files: Record<string, string | undefined> = {};
  for (const { container } of wrappedSidecars(cluster)) {
    const prefix = `sidecar-${cluster.spec.containers.indexOf(container)}`;
    files[`${prefix}-init.sh`] = container.commands?.init;
    files[`${prefix}-service-pre.sh`] = container.commands?.servicePre;
    files[`${prefix}-command.sh`] = container.command;
    files[`${prefix}-post.sh`] = container.commands?.post;
  }
  return files;
}

/** Without files that have nothing in them. */
function given(files: Readonly<Record<string, string | undefined>>): Files {
  const result: Record<string, string> = {};
  for (const key in files) {
    const text = files[key];
    if (text) result[key] = text;
  }
  return result;
}

/** How many bytes a ConfigMap with these files holds. */
export function bytesOf(files: Files): number {
  return Object.entries(files).reduce(
    (sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text),
    0,
  );
}
