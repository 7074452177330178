/** What must hold for an archive, in either engine. */
import { Problem, Severity } from '../problems';
import { Cluster } from '../minicluster/cluster';
import { EVERY_ENGINE, EVERY_RELEASE } from '../minicluster/rules/releases';
import { Rule, applyRules } from '../minicluster/rules/rule';
import { ArchiveOptions } from './read-archive';
import { checkPlace, lacksReplacing, podVolumes } from './archive-volume';
import { ArchiveSave } from './spec';

/** Names that `flux dump` knows a format by, of those that Python can read to check them. */
const DUMPABLE_NAME = /\.(tar|tar\.(gz|bz2|xz)|tgz)$/;

/** Can Flux write an archive of this name, and Python check it? */
export function isDumpable(path: string): boolean {
  return DUMPABLE_NAME.test(path);
}

/** Seconds of the 30 that a pod of the operator has between the signal and the kill; shutting down takes the rest. */
const LONGEST_DRAIN = 20;

type ArchiveRule = Rule<Cluster & { readonly archive: ArchiveOptions }>;

export const STATE_RULES: readonly ArchiveRule[] = [
  {
    code: 'MC150',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'must be an absolute path',
    consequence:
      'It would depend on the working directory, which differs between the hooks, Flux and its end.',
    remedy: 'write the path from the root of the container',
    check: ({ archive }, report) => {
      if (!archive.path.startsWith('/')) report('archive.path', archive.path);
    },
  },
  {
    code: 'MC152',
    traps: ['T86'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: `is more than ${LONGEST_DRAIN}`,
    consequence:
      'The operator has no field for the grace period of its pods: after 30 s they are killed, and what is left of them is ' +
      'for shutting down and saving.',
    remedy: `write ${LONGEST_DRAIN} at most, or take MiniClusterJob, whose grace period follows from it`,
    check: ({ archive }, report) => {
      if (archive.drainSeconds > LONGEST_DRAIN) report('archive.drainSeconds', archive.drainSeconds);
    },
  },
  {
    code: 'MC158',
    traps: [],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is in no volume that lasts, so that it is lost with the pod',
    consequence: 'The next cluster starts empty, and so does a lead broker whose pod is replaced.',
    remedy: 'mount a volume that lasts, and put the archive on it',
    check: (cluster, report) => {
      const { path, save } = cluster.archive;
      if (path.startsWith('/')) checkPlace(path, save, podVolumes(cluster), report);
    },
  },
  {
    code: 'MC154',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'has a name of which `flux dump` takes no format that can be checked',
    consequence:
      'Flux takes the format from the end of the name: the dump fails at the end of the cluster, and nothing is saved.',
    remedy: 'let it end in .tar.gz, .tgz, .tar, .tar.bz2 or .tar.xz',
    check: ({ archive }, report) => {
      if (archive.save !== ArchiveSave.NEVER && !isDumpable(archive.path))
        report('archive.path', archive.path);
    },
  },
  {
    code: 'MC159',
    traps: [],
    severity: Severity.WARNING,
    releases: EVERY_ENGINE,
    title: 'is on a volume without rename or without locks that hold for other nodes',
    consequence:
      'Each save gets a name of its own, and the newest whole one is restored. Nothing keeps two clusters from starting ' +
      'from one archive.',
    remedy: 'set archive.writeOnce: true to say that this is meant, or take a volume of a file server',
    check: (cluster, report) => {
      const { archive } = cluster;
      if (archive.save === ArchiveSave.NEVER || archive.writeOnce === true) return;
      if (!lacksReplacing(archive.path, podVolumes(cluster))) return;
      if (archive.writeOnce === undefined) report('archive.path', archive.path);
      else {
        const message =
          'is false, and the volume of the archive lacks rename or locks: a save may damage the archive';
        report('archive.writeOnce', false, message, 'leave it out');
      }
    },
  },
  {
    code: 'MC157',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'has Flux write its state to a file of its own, so that nothing gets to the archive',
    consequence:
      'Of two options content.dump the last one holds: at the end there is nothing that could become the archive.',
    remedy: 'take the option out: the archive is saved without it',
    check: ({ archive, runner }, report) => {
      const prefix = runner?.container.commands?.prefix;
      if (archive.save === ArchiveSave.NEVER || !prefix || !prefix.includes('content.dump=')) return;
      report(`${runner.path}.commands.prefix`, prefix);
    },
  },
];

/** What is wrong with the archive of a cluster, if it has one. */
export function checkArchive(cluster: Cluster, release: string, silenced: ReadonlySet<string>): Problem[] {
  return hasArchive(cluster) ? applyRules(STATE_RULES, cluster, release, silenced) : [];
}

function hasArchive(cluster: Cluster): cluster is Cluster & { readonly archive: ArchiveOptions } {
  return cluster.archive !== undefined;
}
