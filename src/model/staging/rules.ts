/** What must hold for staged paths, in either engine. */
import { Problem, Severity } from '../problems';
import { Cluster, LocatedVolume, RunMode } from '../minicluster/cluster';
import { goesUp, isBelow, plainPath } from '../minicluster/rules/common/paths';
import { EVERY_ENGINE, EVERY_RELEASE } from '../minicluster/rules/releases';
import { Rule, RuleText, applyRules } from '../minicluster/rules/rule';
import { volumeOf } from '../minicluster/mounts';
import { StagedPath } from './spec';
import { StagedEntry, entryOf, placeOf } from './staged-entry';

/** Staged paths, and what they are staged in. */
export interface StagingSite {
  readonly staging: readonly StagedPath[];
  /** The volumes of the container that runs Flux. */
  readonly volumes: readonly LocatedVolume[];
  readonly hasReadOnlyRoot: boolean;
  readonly mode: RunMode;
}

/**
 * What is wrong with the staged paths of a cluster.
 * @param volumes those of the container that runs Flux
 */
export function checkStaging(
  { mode, runner }: Cluster,
  staging: readonly StagedPath[],
  volumes: readonly LocatedVolume[],
  release: string,
  silenced: ReadonlySet<string>,
): Problem[] {
  const hasReadOnlyRoot = runner?.container.securityContext?.readOnlyRootFilesystem ?? false;
  return applyRules(STAGING_RULES, { staging, volumes, hasReadOnlyRoot, mode }, release, silenced);
}

/** The rule about the structure of the list, which is checked while an input is read. */
export const STAGED_PATH: RuleText = stagingRule(
  'MC141',
  'is no staged path',
  'The library does not guess what is meant.',
  'write { path, to }, and from, pull and sha256 where they are needed',
);

const SCHEMES = /^(oras|docker|library|https):\/\/[^\s/]/;
const SHA256 = /^[0-9a-fA-F]{64}$/;

/** Rules about the paths by themselves, which hold for `stagedBatch` too. */
export const STAGED_PATH_RULES: readonly Rule<StagingSite>[] = [
  {
    ...stagingRule(
      'MC142',
      'is no path that can be staged',
      'It would depend on the working directory, or lead to another place than it says.',
      'write absolute folders for to and from, and a relative path without .. below them',
    ),
    check: ({ staging }, report) => {
      staging.forEach(({ path, to, from }, index) => {
        const at = `staging[${index}]`;
        if (path.startsWith('/')) report(`${at}.path`, path, 'must be relative to the folder that it is in');
        else if (goesUp(path) || ['.', ''].includes(plainPath(path)) || hasControls(path))
          report(`${at}.path`, path, 'must name a file or folder below to, without .. and line breaks');
        for (const [name, folder] of [['to', to] as const, ['from', from] as const]) {
          if (folder === undefined) continue;
          if (!folder.startsWith('/')) report(`${at}.${name}`, folder, 'must be an absolute path');
          else if (goesUp(folder) || hasControls(folder))
            report(`${at}.${name}`, folder, 'must be a path without .. and line breaks');
        }
      });
    },
  },
  {
    ...stagingRule(
      'MC145',
      'can be pulled from nowhere like this',
      'The lead broker would fail, or take a file that nobody has vouched for.',
      "write 'oras://…', 'docker://…' or 'library://…' for an image, or 'https://…' and its sha256",
    ),
    check: ({ staging }, report) => {
      staging.forEach(({ pull, sha256 }, index) => {
        if (pull === undefined) return;
        const path = `staging[${index}].pull`;
        if (!SCHEMES.test(pull) || hasControls(pull)) report(path, pull);
        else if (pull.startsWith('https:') && sha256 === undefined)
          report(path, pull, 'needs the sha256 of the file', 'add sha256, as sha256sum prints it');
      });
    },
  },
  {
    ...stagingRule(
      'MC146',
      'is no SHA-256',
      'No file has it, so that staging always fails.',
      'write 64 hexadecimal digits, as sha256sum prints them',
    ),
    check: ({ staging }, report) => {
      staging.forEach(({ sha256 }, index) => {
        if (sha256 !== undefined && !SHA256.test(sha256)) report(`staging[${index}].sha256`, sha256);
      });
    },
  },
  {
    ...stagingRule(
      'MC147',
      'is staged to where another path is staged',
      'Each would replace what the other has brought.',
      'stage it once, or to another folder',
    ),
    check: ({ staging }, report) => {
      const places = staging.map((one) => placeOf(entryOf(one)));
      places.forEach((place, index) => {
        const first = places.findIndex(
          (other, at) => at in places && (isBelow(place, other) || isBelow(other, place)),
        );
        if (first < index) report(`staging[${index}].path`, place, `is staged to where staging[${first}] is`);
      });
    },
  },
];

/** Rules about the paths in a cluster. */
const SITE_RULES: readonly Rule<StagingSite>[] = [
  {
    ...stagingRule(
      'MC143',
      'is on a volume that all pods share, where staging has no point',
      'Every node would write the same file to the same place, over each other.',
      'stage to a folder of the node, such as an emptyDir; what is on a shared volume can be read there by all, or be ' +
        'staged from there (from)',
    ),
    check: ({ staging, volumes }, report) => {
      staging.forEach((one, index) => {
        const volume = volumeOf(placeOf(entryOf(one)), volumes);
        if (volume?.volume.claimName !== undefined) report(`staging[${index}].to`, one.to);
      });
    },
  },
  {
    ...stagingRule(
      'MC144',
      'is on a file system that is read-only',
      'Nothing can be staged or pulled to it.',
      'stage to an emptyDir, or mount the volume writable',
    ),
    check: (site, report) => {
      site.staging.forEach((one, index) => {
        const entry = entryOf(one);
        if (isReadOnly(placeOf(entry), site)) report(`staging[${index}].to`, one.to);
        else if (entry.pull && isReadOnly(sourceOf(entry), site))
          report(
            `staging[${index}].from`,
            entry.from,
            'is on a file system that is read-only, so nothing can be pulled to it',
          );
      });
    },
  },
  {
    ...stagingRule(
      'MC148',
      'has no batch context',
      'The operator has no place for it: files can be staged once Flux runs, by a text that Flux runs.',
      'set batch: true, or launcher: true, on the container that runs Flux; or take MiniClusterJob, which stages in every mode',
    ),
    releases: EVERY_RELEASE,
    check: ({ mode }, report) => {
      if (mode !== RunMode.BATCH && mode !== RunMode.LAUNCHER) report('staging', undefined);
    },
  },
];

/** All rules about staging but the first. */
export const STAGING_RULES: readonly Rule<StagingSite>[] = [...STAGED_PATH_RULES, ...SITE_RULES];

function stagingRule(code: string, title: string, consequence: string, remedy: string): RuleText {
  return { code, traps: [], severity: Severity.ERROR, releases: EVERY_ENGINE, title, consequence, remedy };
}

/** The lists of the scripts have a path in each line. */
function hasControls(text: string): boolean {
  return /[\x00-\x1f\x7f]/.test(text);
}

function isReadOnly(path: string, { volumes, hasReadOnlyRoot }: StagingSite): boolean {
  const holding = volumeOf(path, volumes)?.volume;
  if (!holding) return hasReadOnlyRoot;
  return Boolean(holding.readOnly ?? holding.secretName ?? holding.configMapName);
}

function sourceOf({ from, path }: StagedEntry): string {
  return plainPath(`${from}/${path}`);
}
