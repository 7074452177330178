/** What the supervisors read: the options as they understand them. */
import { defined } from '../defined';
import { BROKER_PORT } from '../flux/ports';
import { hashOf } from '../hash';
import { Metadata } from '../manifest';
import { directoriesOf, namesOf } from './identity';
import { CONDA_FORGE } from '../packages/channel';
import { packagesIn } from '../packages/package-lock';
import { BrokerRunner, FluxDistributeSpec, NodeCleanUp } from './spec';
import { MICROMAMBA } from '../packages/micromamba';
import { ARCHITECTURES } from '../architectures';
import { packagesOf, pairOf } from '../packages/versions';

/** Where a volume for the state is mounted in the pods. */
export const STATE_VOLUME = '/flux-distribute/state-volume';

/** Architectures of the nodes that take part. */
export function architecturesOf({ architectures }: FluxDistributeSpec): readonly string[] {
  return architectures ?? ARCHITECTURES;
}

/** The settings of all supervisors, in the order in which people read them. */
export function settingsOf(metadata: Metadata, spec: FluxDistributeSpec): Record<string, unknown> {
  const { name, membership } = namesOf(metadata);
  const directories = directoriesOf(metadata, spec);
  return defined({
    name,
    port: spec.port ?? BROKER_PORT,
    directory: directories.installation,
    stateDirectory: directories.state,
    runDirectory: directories.run,
    lease: name,
    configMap: membership,
    nodeSelector: { 'kubernetes.io/os': 'linux', ...spec.nodeSelector },
    tolerations: spec.tolerations ?? [],
    controlPlane: spec.controlPlane ?? false,
    architectures: architecturesOf(spec),
    leadSelector: spec.leadSelector,
    cores: spec.cores,
    gpus: spec.gpus ?? false,
    networkInterface: spec.networkInterface,
    topology: spec.topology ?? 'flat',
    quorum: spec.quorum ?? 1,
    configuration: spec.configuration,
    settleSeconds: spec.settleSeconds ?? 60,
    minGenerationSeconds: spec.minGenerationSeconds ?? 300,
    drainSeconds: drainSecondsOf(spec),
    leaseSeconds: spec.leaseSeconds ?? 120,
    stateCopies: spec.stateCopies ?? 2,
    stateSeconds: spec.stateSeconds ?? 300,
    stateVolume: spec.stateVolume && STATE_VOLUME,
    runner: spec.runner ?? BrokerRunner.AUTO,
    raiseSysctls: spec.raiseSysctls ?? false,
    onDelete: spec.onDelete ?? NodeCleanUp.KEEP,
    proxy: { ...spec.proxy },
    flux: fluxOf(spec),
  });
}

export function drainSecondsOf({ drainSeconds = 60 }: FluxDistributeSpec): number {
  return drainSeconds;
}

/** Which Flux it is. The name of its environment differs whenever what is installed does. */
function fluxOf(spec: FluxDistributeSpec): object {
  const { prefix, tarballs, locks, versions, mirror } = spec;
  if (prefix !== undefined) return { environment: `node-${hashOf(prefix)}`, source: 'node', prefix };
  if (tarballs) {
    const checksums = ARCHITECTURES.map((one) => tarballs[one]?.sha256.toLowerCase() ?? '');
    return { environment: `tarball-${hashOf(checksums)}`, source: 'tarball', tarballs: { ...tarballs } };
  }
  const channel = mirror?.channel ?? CONDA_FORGE;
  const conda = { channel, locks: { ...locks }, micromamba: mirror?.installer ?? MICROMAMBA };
  if (locks) {
    // However the files are laid out.
    const named = ARCHITECTURES.map((one) => packagesIn(locks[one] ?? ''));
    return { environment: `lock-${hashOf(named)}`, source: 'conda', packages: [], ...conda };
  }
  const pair = pairOf({ ...versions });
  const packages = pair ? packagesOf(pair) : [];
  const environment = `flux-core-${pair?.fluxCore ?? ''}-sched-${pair?.fluxSched ?? ''}-${hashOf(packages)}`;
  return { environment, source: 'conda', packages, ...conda };
}
