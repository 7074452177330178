import { Manifest, Metadata } from '../../manifest';
import { Problem, subjectOf, throwErrors } from '../../problems';
import { isTree } from '../../tree';
import { MiniClusterV1Alpha1Spec } from '../api/v1alpha1';
import { MiniClusterInput } from '../input';
import { copy, readMetadata } from '../read-input';
import { checkStructure } from '../structure';
import { V1Alpha1Mode, readV1Alpha1Cluster } from '../v1alpha1/cluster';
import { MiniClusterV1Alpha1Input } from '../v1alpha1/input';
import { upgradeArchive } from './archive';
import { upgradeContainers } from './containers';
import { archiveInPlaceOfFilemap, mapTexts, usesFilemap } from './filemap';
import { upgradeFlux } from './flux';
import { upgradeLogging } from './logging';
import { Notes, UpgradeNote } from './notes';
import { persistentVolumes } from './persistent-volumes';
import { upgradePod } from './pod';
import { noteOldNames } from './texts';
import { FluxSource, NothingLeft, Upgrade, UpgradeOptions } from './upgrade-context';

/** A MiniCluster of v1alpha1 as one of v1alpha2. */
export interface UpgradedMiniCluster {
  readonly metadata: Metadata;
  /** What `miniCluster` takes: its texts are what must arrive, and `miniCluster` sees to that. */
  readonly input: MiniClusterInput;
  /** What the v1alpha1 operator made by itself, to be applied before the MiniCluster. */
  readonly objects: readonly Manifest[];
  /** All that is not simply the same, in no order of weight. */
  readonly notes: readonly UpgradeNote[];
}

/**
 * Turns a v1alpha1 MiniCluster into a v1alpha2 one for today's operator, and the objects that its operator no longer
 * makes. What changed its meaning, moved with consequences or has no equivalent is in the notes. Whether the result
 * can work is judged by `miniCluster`, to which `metadata` and `input` are handed; a spec that could not work in
 * v1alpha1 is carried over as it is, for `checkMiniClusterV1Alpha1` to tell.
 *
 * Source: the v1alpha1 operator's last commit, 76c4754f, and its main of June 2026, 0d75cef8.
 * @throws InvalidSpecError if the metadata has no name or the spec has not the structure of v1alpha1
 */
export function upgradeMiniCluster(
  metadata: Metadata,
  spec: MiniClusterV1Alpha1Input,
  options: UpgradeOptions = {},
): UpgradedMiniCluster {
  const { silence, ...fields } = isTree(spec) ? spec : ({} as MiniClusterV1Alpha1Input);
  const given = copy(fields) as MiniClusterV1Alpha1Spec;
  const problems: Problem[] = [];
  const { namespace, ...others } = readMetadata(metadata, problems);
  const named: Metadata = namespace ? { ...others, namespace } : others;
  problems.push(...checkStructure('v1alpha1', given));
  throwErrors(subjectOf('MiniClusterV1Alpha1', metadata), problems);
  const notes = new Notes();
  const source = options.flux ?? FluxSource.IMAGE;
  const read = source === FluxSource.VIEW ? withoutFilemap(given, notes) : given;
  const upgrade: Upgrade = { metadata: named, cluster: readV1Alpha1Cluster(named, read), source, notes };
  const input = upgradeSpec(upgrade);
  const objects = persistentVolumes(upgrade);
  notes.lost(
    'silence',
    silence,
    'is about rules of v1alpha1',
    'silence the rules of v1alpha2 that do not apply',
  );
  noteOldNames(upgrade);
  // Copied once more, to leave out what is undefined.
  return {
    metadata: named,
    input: copy(input) as MiniClusterInput,
    objects: copy(objects) as Manifest[],
    notes: notes.all(),
  };
}

function upgradeSpec(upgrade: Upgrade): MiniClusterInput {
  const { cluster, notes } = upgrade;
  const {
    containers,
    services,
    interactive,
    flux,
    logging,
    pod,
    network,
    tasks,
    volumes,
    users,
    fluxRestful,
    archive,
    jobLabels,
    shareProcessNamespace,
    cleanup,
    size,
    maxSize,
    deadlineSeconds,
    ...rest
  } = cluster.spec;
  if (maxSize !== undefined && maxSize > cluster.size) {
    const message =
      'starts the cluster with fewer brokers as before, but Flux is told their number, not a range';
    notes.changed('maxSize', maxSize, message, 'use Flux 0.51 or newer, which reads it as a number');
  }
  noteUsers(upgrade);
  return {
    ...(rest satisfies NothingLeft),
    archive: upgradeArchive(upgrade),
    jobLabels,
    shareProcessNamespace,
    cleanup,
    size,
    maxSize,
    deadlineSeconds,
    interactive: upgradeInteractive(upgrade),
    tasks: upgradeTasks(upgrade),
    network: { headlessName: upgradeHeadlessName(upgrade) },
    pod: upgradePod(upgrade),
    ...upgradeLogging(upgrade),
    containers: upgradeContainers(upgrade, cluster.containers),
    services: services && upgradeContainers(upgrade, cluster.services),
    ...upgradeFlux(upgrade),
  };
}

function upgradeInteractive({ cluster, notes }: Upgrade): boolean | undefined {
  const { interactive } = cluster.spec;
  if (!cluster.runner || interactive) return interactive;
  if (cluster.mode === V1Alpha1Mode.DIAGNOSTICS) {
    notes.changed('interactive', interactive, 'is true: the brokers wait for who diagnoses them');
    return true;
  }
  if (cluster.mode !== V1Alpha1Mode.RESTFUL) return interactive;
  notes.changed(
    'interactive',
    interactive,
    'is true: there is no command, and the RESTful server that ran without one is gone',
    'connect to the lead broker with flux proxy, or run a server of your own beside Flux',
  );
  return true;
}

function upgradeTasks({ cluster, notes }: Upgrade): number | undefined {
  const { tasks } = cluster.spec;
  const submits = cluster.mode === V1Alpha1Mode.SUBMIT || cluster.mode === V1Alpha1Mode.BATCH;
  if (tasks === 0 && submits)
    notes.changed('tasks', 0, 'means one job over all nodes now: v1alpha1 passed it on, and Flux refused it');
  if (tasks !== undefined || !submits || cluster.size <= 1) return tasks;
  notes.added(
    'tasks',
    'is 1, as it was by default: one task on one node',
    'write the number of tasks over all nodes',
  );
  return 1;
}

function upgradeHeadlessName({ cluster, notes }: Upgrade): string {
  if (!cluster.spec.network?.headlessName) {
    notes.added(
      'network.headlessName',
      'is flux-service, as it was by default, so that the names of the pods stay',
      'name it after the MiniCluster where several run in the namespace and nothing relies on the old names',
    );
  }
  return cluster.headlessName;
}

function noteUsers({ cluster, notes }: Upgrade): void {
  const { users, fluxRestful } = cluster.spec;
  notes.lostSecret(
    'users',
    users,
    'has no equivalent: the operator adds no accounts, and all jobs are those of one user',
    'add accounts to the image, or give each user a MiniCluster',
  );
  const server =
    cluster.mode === V1Alpha1Mode.RESTFUL
      ? 'has no equivalent: the operator runs no RESTful server'
      : 'is gone; the server did not run here anyway';
  notes.lostSecret(
    'fluxRestful',
    fluxRestful,
    server,
    'to have one, run an image with flux-restful-api as a sidecar, with its token in a Secret',
  );
}

/** With the view comes a Flux in which filemap is only a name for flux archive. */
function withoutFilemap(spec: MiniClusterV1Alpha1Spec, notes: Notes): MiniClusterV1Alpha1Spec {
  const change = (text: string, path: string): string => {
    const rewritten = usesFilemap(text) ? archiveInPlaceOfFilemap(text) : undefined;
    if (rewritten === undefined) return text;
    notes.changed(
      path,
      text,
      'has flux archive in place of flux filemap, which is deprecated since Flux 0.60',
    );
    return rewritten;
  };
  const { containers, services } = spec;
  return {
    ...spec,
    containers: containers.map((container, index) => mapTexts(container, `containers[${index}]`, change)),
    ...(services && {
      services: services.map((container, index) => mapTexts(container, `services[${index}]`, change)),
    }),
  };
}
