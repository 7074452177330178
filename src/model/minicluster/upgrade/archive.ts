/** v1alpha1 restored an archive and never saved it, whatever its pages said; v1alpha2 still doesn't (trap T17). */
import { V1Alpha1Container } from '../api/v1alpha1';
import { FluxSource, Upgrade, isInteractive, leadHost } from './upgrade-context';

/** What the hooks of the Flux container need so that the archive is saved. */
export interface SavingHooks {
  readonly prefix?: string;
  readonly brokerPre?: string;
  readonly post?: string;
  readonly preStopExec?: string;
}

const SOCKET = 'local:///mnt/flux/config/run/flux/local';

/** The names of which flux dump (libarchive) makes an archive of files; another one fails, and Flux with it. */
const DUMPABLE = /\.(tar|tar\.(gz|bz2|xz)|tgz|cpio|zip)$/;

/** Saves the archive where the spec names one. */
export function saveArchive(upgrade: Upgrade, container: V1Alpha1Container, at: string): SavingHooks {
  const { cluster, notes } = upgrade;
  const path = cluster.spec.archive?.path;
  if (!path) return {};
  if (!DUMPABLE.test(path)) {
    notes.changed(
      'archive.path',
      path,
      'is restored as before and not saved: flux dump takes the format from the end of the name, and knows none here',
      'call it .tar, .tar.gz or .tgz',
    );
    return {};
  }
  if (isInteractive(cluster)) return saveAtDeletion(upgrade, container, at, path);
  if (cluster.spec.logging?.timed) {
    notes.changed(
      'archive.path',
      path,
      'is restored as before and not saved: with logging.timed nothing can be put before the command',
      'leave logging.timed out to have it saved',
    );
    return {};
  }
  notes.added(
    'archive.path',
    'is saved as well now, over what was there, when the command has ended: by a script before it in commands.prefix',
    'mount it where the user of the container may write, for this MiniCluster alone; a cluster that is deleted earlier saves nothing',
  );
  return { brokerPre: saveAfterCommand(path), prefix: `/bin/bash ${SAVING}` };
}

/** Where the script that saves is written; the library's own files have no room for one of an upgrade. */
const SAVING = '/tmp/save-archive.sh';

/** Runs the command, and saves whatever became of it. What becomes of the archive is told and fails nothing. */
function saveAfterCommand(path: string): string {
  const dump = newDump(path);
  return [
    `cat > ${SAVING} <<'SAVE'`,
    '"$@"',
    'status=$?',
    `if rm -f ${dump} && flux dump --quiet ${dump}; then mv -f ${dump} ${path}`,
    `else echo "the archive ${path} could not be saved; the one of an earlier cluster is still there" >&2; fi`,
    'exit "$status"',
    'SAVE',
  ].join('\n');
}

/** Beside the archive, which it replaces when it is whole. Named in front, as flux dump takes the format from the end. */
function newDump(path: string): string {
  return path.replace(/[^/]+$/, 'new-$&');
}

function saveAtDeletion(
  upgrade: Upgrade,
  container: V1Alpha1Container,
  at: string,
  path: string,
): SavingHooks {
  const { notes } = upgrade;
  const own = container.lifeCycle?.preStopExec;
  if (own?.startsWith('#!')) {
    notes.changed(
      'archive.path',
      path,
      `is restored as before and not saved: ${at}.lifeCycle.preStopExec is a script of its own`,
      'let that script run flux shutdown --dump=PATH on the lead broker',
    );
    return {};
  }
  notes.added(
    'archive.path',
    'is saved as well now: when the pods are deleted, a preStopExec of the Flux container shuts Flux down with a dump',
    'run flux shutdown with --dump by hand first where the dump takes longer than the 30 s that Kubernetes waits',
  );
  // Kubernetes may kill the dump half-way. So it goes beside the archive and takes its place when it is whole. That
  // is left to the entrypoint, since the pod ends within milliseconds of Flux and takes the preStopExec along.
  const dump = newDump(path);
  const isLead = `[ "$(hostname)" = ${leadHost(upgrade)} ]`;
  return {
    brokerPre: `rm -f ${dump}`,
    preStopExec: lines(own && subshell(own), `${isLead} || exit 0`, shutDown(upgrade, dump)),
    post: [
      'flux_status=${flux_exit_code:-$?}',
      `if [ "$flux_status" -eq 0 ] && ${isLead} && [ -e ${dump} ]; then mv -f ${dump} ${path}; fi`,
      // For a hook behind this that asks for it.
      '(exit "$flux_status")',
    ].join('\n'),
  };
}

/** What a preStopExec says may end its own shell. */
function subshell(text: string): string {
  return /\s/.test(text) ? `(\n${text}\n)` : text;
}

function shutDown({ source }: Upgrade, dump: string): string {
  // A disabled view writes no flux-view.sh, and needs none: Flux is on the image's own path.
  return source === FluxSource.IMAGE
    ? `exec flux shutdown --dump=${dump} ${SOCKET}`
    : `. /mnt/flux/flux-view.sh\nexec flux shutdown --dump=${dump} "$fluxsocket"`;
}

/** Those of the texts that there are, one below the other. */
export function lines(...texts: (string | undefined)[]): string | undefined {
  const given = texts.filter(Boolean);
  return given.length > 0 ? given.join('\n') : undefined;
}
