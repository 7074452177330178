import { ContainerInput } from '../input';
import { ContainerVolume } from '../api/container';
import { SecurityContext } from '../api/kubernetes';
import { V1Alpha1Container } from '../api/v1alpha1';
import { LocatedV1Alpha1Container } from '../v1alpha1/cluster';
import { upgradeCommand } from './command';
import {
  SidecarFields,
  copyHooks,
  noteServiceHooks,
  upgradeHooks,
  upgradeLifeCycle,
  upgradeSidecar,
} from './hooks';
import { upgradeVolumes } from './mounts';
import { NothingLeft, Upgrade, orNothing } from './upgrade-context';
import { noteUser, userId } from './user';

/** The containers of one pod, each by what it is there for. */
export function upgradeContainers(
  upgrade: Upgrade,
  pod: readonly LocatedV1Alpha1Container[],
): ContainerInput[] {
  const volumes = upgradeVolumes(upgrade, pod);
  return pod.map((located, index) => upgradeContainer(upgrade, located, volumes[index] ?? {}));
}

function upgradeContainer(
  upgrade: Upgrade,
  located: LocatedV1Alpha1Container,
  mounts: Record<string, ContainerVolume>,
): ContainerInput {
  const {
    image,
    name,
    workingDir,
    ports,
    environment,
    secrets,
    imagePullSecret,
    pullAlways,
    runFlux,
    launcher,
    batch,
    batchRaw,
    logs,
    resources,
    securityContext,
    // What runs, and how: those depend on the kind of container.
    command,
    commands,
    lifeCycle,
    // What v1alpha2 has no field for.
    cores,
    diagnostics,
    fluxUser,
    // One map in v1alpha2.
    volumes,
    existingVolumes,
    ...rest
  } = located.container;
  const isRunner = located === upgrade.cluster.runner;
  return {
    ...(rest satisfies NothingLeft),
    image,
    name,
    workingDir,
    ports,
    environment,
    secrets,
    imagePullSecret,
    pullAlways,
    runFlux,
    launcher,
    batch,
    batchRaw,
    logs,
    resources,
    securityContext: upgradeSecurityContext(located.container, isRunner),
    volumes: Object.keys(mounts).length > 0 ? mounts : undefined,
    ...whatRuns(upgrade, located),
  };
}

function upgradeSecurityContext(
  container: V1Alpha1Container,
  isRunner: boolean,
): SecurityContext | undefined {
  const { privileged, addCapabilities, ...rest } = container.securityContext ?? {};
  return orNothing({
    ...(rest satisfies NothingLeft),
    privileged,
    capabilities: addCapabilities && { add: addCapabilities },
    runAsUser: isRunner ? userId(container) : undefined,
  });
}

type RunFields = SidecarFields & Pick<ContainerInput, 'batchRaw'>;

function whatRuns(upgrade: Upgrade, located: LocatedV1Alpha1Container): RunFields {
  const { container, path } = located;
  if (located === upgrade.cluster.runner) {
    noteUser(upgrade, container, path);
    noteLostOfRunner(upgrade, container, path);
    return { ...upgradeCommand(upgrade, container, path), ...upgradeHooks(upgrade, container, path) };
  }
  noteNoEffect(upgrade, container, path);
  if (upgrade.cluster.sidecars.includes(located)) return upgradeSidecar(upgrade, located);
  if (upgrade.cluster.services.includes(located)) {
    noteServiceHooks(upgrade, container, path);
    return { lifeCycle: upgradeLifeCycle(upgrade, container, path) };
  }
  // One of several that claim to run Flux: copied, for the rules to tell.
  return { command: container.command, ...copyHooks(upgrade, container, path) };
}

function noteLostOfRunner({ notes }: Upgrade, { cores, diagnostics }: V1Alpha1Container, at: string): void {
  if (cores !== undefined && cores > 1) {
    const fix = 'run the pods on nodes that are to be used whole';
    notes.lost(`${at}.cores`, cores, 'is gone: Flux books all cores of the node', fix);
  } else notes.lost(`${at}.cores`, cores, 'is gone, and had no effect below 2');
  if (diagnostics) {
    const connect = 'connect to the lead broker and run flux overlay status, flux lsattr -v and flux dmesg';
    notes.lost(`${at}.diagnostics`, true, 'is gone', connect);
  } else notes.lost(`${at}.diagnostics`, diagnostics, 'is gone, and false changes nothing');
}

/** Fields that concern the Flux container only. */
function noteNoEffect({ notes }: Upgrade, container: V1Alpha1Container, at: string): void {
  const { cores, diagnostics, fluxUser, commands } = container;
  const message = 'is gone, and had no effect on this container';
  notes.lost(`${at}.cores`, cores, message);
  notes.lost(`${at}.diagnostics`, diagnostics, message);
  notes.lost(`${at}.fluxUser`, fluxUser, message);
  notes.lost(`${at}.commands.runFluxAsRoot`, commands?.runFluxAsRoot, message);
}
