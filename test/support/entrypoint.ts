/**
 * A stand-in for what the Flux Operator makes of a MiniCluster's texts: the same ways of pasting (an assignment
 * between double quotes, unquoted use, an unquoted heredoc, echo "…", a redirection behind the last line of a
 * hook), in a script that really runs, with a `flux` that really runs what it is given.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../src/model/manifest';
import type { MiniClusterSpec } from '../../src/model/minicluster';
import './real-processes';

/** What happened in the pod of the lead broker. */
export interface Outcome {
  /** Exit code of the container. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What files written below `$OUT` hold, by name. */
  readonly read: (name: string) => string | undefined;
  /** The argument lists of each call of flux. */
  readonly calls: readonly (readonly string[])[];
}

/** Runs its last words, as a task, a batch script or an initial program would be run. */
const FLUX = `#!/bin/bash
{ printf '%s\\0' "$@"; printf '\\1'; } >> "$CALLS"
verb=$1; shift
case "$verb" in
  start|submit|run)
    while [[ $# -gt 0 && ( "$1" == -* || "$1" == waitable ) ]]; do
      case "$1" in -N|--config) shift 2;; *) shift;; esac
    done
    [[ $# -eq 0 ]] || exec "$@" ;;
  getattr) echo 4 ;;
  batch)
    for last; do :; done
    exec bash "$last" ;;
esac
`;

/** Fixed places of the scripts, each below the root of a pod of the tests. */
const MOUNTS = [
  '/flux-scripts',
  '/tmp/flux-scripts',
  '/flux-certificate',
  '/tmp/flux-certificate',
  '/tmp/flux-exit-code',
  '/tmp/flux-state',
];

/** A text with the fixed places moved below the root of the pod. */
export function movedBelow(root: string, text: string): string {
  return MOUNTS.reduce(
    (result, mount) => result.replaceAll(new RegExp(`(^|[ \\n="'<])${mount}`, 'g'), `$1${root}${mount}`),
    text,
  );
}

/** Mounts the ConfigMap of the scripts. */
export function mountScripts(manifests: readonly Manifest[], root: string): void {
  const files = manifests.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
  put(root, '/flux-scripts', files);
}

function put(root: string, mount: string, contents: Record<string, string>): void {
  mkdirSync(join(root, mount), { recursive: true });
  for (const [name, text] of Object.entries(contents))
    writeFileSync(join(root, mount, name), movedBelow(root, text), { mode: 0o644 });
}

/** Runs the entrypoint of the lead broker's pod for these manifests, and tells what came of it. */
export function runLeadPod(manifests: readonly Manifest[], secrets: Record<string, string> = {}): Outcome {
  const root = mkdtempSync(join(tmpdir(), 'lead-pod-'));
  try {
    const spec = manifests.find(({ kind }) => kind === 'MiniCluster')?.spec as MiniClusterSpec;
    mountScripts(manifests, root);
    put(root, '/flux-certificate', secrets);
    for (const folder of ['bin', 'out', 'work', 'tmp']) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'bin/flux'), FLUX);
    chmodSync(join(root, 'bin/flux'), 0o755);
    writeFileSync(join(root, 'wait-0.sh'), entrypointOf(spec, root));
    const { status, stdout, stderr } = spawnSync('/bin/bash', [join(root, 'wait-0.sh')], {
      cwd: join(root, 'work'),
      encoding: 'utf8',
      timeout: 20_000,
      env: {
        PATH: `${join(root, 'bin')}:/usr/bin:/bin`,
        CALLS: join(root, 'calls'),
        OUT: join(root, 'out'),
        HOME: root,
        LANG: 'C.UTF-8',
        viewbase: join(root, 'tmp'),
      },
    });
    const read = (name: string): string | undefined => contentOf(join(root, 'out', name));
    const kept = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, read(name)]));
    const calls = (contentOf(join(root, 'calls')) ?? '').split('\u0001').filter(Boolean);
    return {
      code: status ?? -1,
      stdout,
      stderr,
      read: (name) => kept.get(name),
      calls: calls.map((call) => call.split('\0').slice(0, -1)),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * The script, in the operator's order: init, command, script, options of the broker, archive, pre, batch file, brokerPre,
 * flux, post. It is that of a follower where $FOLLOWS says so.
 */
export function entrypointOf(spec: MiniClusterSpec, root: string): string {
  return movedBelow(root, scriptOf(spec, root));
}

function scriptOf(spec: MiniClusterSpec, root: string): string {
  const runner =
    spec.containers.length === 1 ? spec.containers[0] : spec.containers.find(({ runFlux }) => runFlux);
  const { command = '', commands = {}, batch, batchRaw, launcher } = runner ?? {};
  const quiet = spec.logging?.quiet ?? false;
  const hook = (text: string | undefined, redirection: string): string =>
    `${text ?? ''} ${quiet ? redirection : ''}`;
  const output = '/dev/null 2>&1';
  const submitted = command
    .split('\n')
    .map((line, index) =>
      line === '' || batchRaw
        ? line
        : `flux submit --flags waitable --error=\${FLUX_OUTPUT_DIR}/job-${index}.err --output=\${FLUX_OUTPUT_DIR}/job-${index}.out ${line}`,
    )
    .join('\n');
  const size = spec.size ?? 1;
  const tasks = spec.tasks ?? 1;
  const flags = tasks >= size ? `-N ${size} -n${tasks}` : `-n${tasks}`;
  const time = spec.logging?.timed ? '/usr/bin/env time -f "wall time %E"' : '';
  const start = `${time} flux start -o --config ${root}/cfg \${brokerOptions} ${time} ${commands.prefix ?? ''}`;
  const script = commands.script
    ? `cat <<EOF > ${root}/tmp/custom.sh\n${commands.script}\nEOF\ncommand="/bin/bash ${root}/tmp/custom.sh"`
    : '';
  const environment = Object.entries(spec.flux?.environment ?? {})
    .map(([name, value]) => `echo "export ${name}=${value}" >> ${root}/tmp/flux-view.sh`)
    .join('\n');
  const restore = spec.archive?.path
    ? `if [[ -e "${spec.archive.path}" ]]; then\nbrokerOptions="\${brokerOptions} -Scontent.restore=${spec.archive.path}"\nfi`
    : '';
  const run = batch
    ? `${start} sh -c "flux batch ${flags} --flags waitable ./flux-job.batch && flux job wait --all"`
    : launcher
      ? `${start} \${command}`
      : `${start} flux submit ${flags} --quiet --watch \${command}`;
  return `#!/bin/sh
${spec.logging?.strict ? 'set -eEu -o pipefail' : ''}
${hook(commands.init, '> /dev/null')}
command="${command}"
${script}
${environment}
cat <<EOT >> ${root}/tmp/broker.toml
${spec.flux?.brokerConfig ?? ''}
EOT
cp ${root}/tmp/broker.toml "$OUT/b"
[ ! -e ${root}/tmp/flux-view.sh ] || cp ${root}/tmp/flux-view.sh "$OUT/c"
export FLUX_OUTPUT_DIR=${root}/out
brokerOptions="-Srundir=${root}/run/flux -Sstatedir=${root}/state ${spec.flux?.disableSocket ? '' : `-Slocal-uri=local://${root}/run/flux/local`} \\
  -Slog-stderr-mode=local"
${restore}
${hook(commands.pre, `> ${output}`)}
if [[ -z \${FOLLOWS:-} ]]; then
  ${batch ? `echo "#!/bin/bash\n${submitted}\n${batchRaw ? '' : 'flux queue idle\nflux jobs -a'}\n" >> flux-job.batch` : ''}
  ${hook(commands.brokerPre, `> ${output}`)}
  if [ "\${command}" == "" ]; then
    flux broker --config-path ${root}/cfg \${brokerOptions}
  else
    ${run}
  fi
else
  ${hook(commands.workerPre, `> ${output}`)}
  flux start -o --config ${root}/cfg \${brokerOptions}
fi

${commands.post ?? ''}

touch ${root}/tmp/complete
`;
}
