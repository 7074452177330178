/** Traps T47 to T55 and T74, as far as v1alpha1 has them: fields that the operator drops or can't take. */
import { Severity } from '../../../problems';
import { V1Alpha1Container } from '../../api/v1alpha1';
import {
  NAME_OF_THE_RUNNER,
  PORTS_OF_A_SERVICE,
  isGiven,
  nameTwiceInPod,
} from '../../rules/common/containers';
import { Rule } from '../../rules/rule';
import { hasHooks, V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

/** Fields that only the Flux container uses. */
const FLUX_ONLY: readonly (keyof V1Alpha1Container)[] = [
  'cores',
  'diagnostics',
  'fluxUser',
  'launcher',
  'batch',
  'batchRaw',
  'logs',
];

export const CONTAINER_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC261',
    traps: ['T47'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is ignored: only the pull secrets of containers reach the pods',
    consequence: 'The image is pulled without credentials, and the pod stays in ImagePullBackOff.',
    remedy: 'write the secret on one of the containers, or attach it to the service account of the pods',
    check: ({ spec, services }, report) => {
      const passed = spec.containers.map(({ imagePullSecret }) => imagePullSecret);
      for (const { container, path } of services) {
        const secret = container.imagePullSecret;
        if (secret && !passed.includes(secret)) report(`${path}.imagePullSecret`, secret);
      }
    },
  },
  {
    code: 'MC262',
    traps: ['T51'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is dropped: a container beside Flux runs its command only if it has a hook',
    consequence: 'The image runs its own entrypoint instead.',
    remedy: 'add a hook such as commands.init: "true", or remove the command',
    check: ({ sidecars }, report) => {
      for (const sidecar of sidecars) {
        const { command } = sidecar.container;
        if (command && !hasHooks(sidecar)) report(`${sidecar.path}.command`, command);
      }
    },
  },
  {
    code: 'MC263',
    traps: ['T52', 'T74'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is used in the container that runs Flux only',
    consequence: 'It is accepted and ignored.',
    remedy: 'remove it, or write it on the Flux container',
    check: ({ sidecars, services }, report) => {
      for (const { container, path } of [...sidecars, ...services]) {
        for (const field of FLUX_ONLY)
          if (isGiven(container[field])) report(`${path}.${field}`, container[field]);
        const { prefix, runFluxAsRoot } = container.commands ?? {};
        if (prefix) report(`${path}.commands.prefix`, prefix);
        if (runFluxAsRoot) report(`${path}.commands.runFluxAsRoot`, true);
      }
    },
  },
  {
    code: 'MC264',
    traps: ['T52'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'runs in every pod: a container beside Flux does not know which broker is its neighbour',
    consequence: 'The order is init, brokerPre, workerPre, pre, whatever the rank of the broker.',
    remedy: 'use commands.pre, and test the host name there if the rank matters',
    check: ({ sidecars }, report) => {
      for (const { container, path } of sidecars) {
        for (const hook of ['brokerPre', 'workerPre'] as const) {
          const text = container.commands?.[hook];
          if (text) report(`${path}.commands.${hook}`, text);
        }
      }
    },
  },
  {
    code: 'MC265',
    traps: ['T53', 'T74'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'can not be had in services, whose containers run their image as it is',
    consequence:
      'A command or a hook alone is dropped; both together, or runFlux, start a script that is not in the pod; a volume ' +
      'of the MiniCluster is not in the pod either, Kubernetes refuses it, and the Job is never made.',
    remedy: 'bake it into the image, use existingVolumes, or make it a container beside Flux',
    check: ({ services }, report) => {
      for (const { container, path } of services) {
        for (const field of ['runFlux', 'command', 'volumes'] as const) {
          if (isGiven(container[field])) report(`${path}.${field}`, container[field]);
        }
        for (const hook of ['init', 'post'] as const) {
          const text = container.commands?.[hook];
          if (text) report(`${path}.commands.${hook}`, text);
        }
      }
    },
  },
  {
    code: 'MC266',
    traps: ['T53'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'does not reach the services pod',
    consequence:
      'The services pod runs without it; it is a bare pod that nobody reschedules after a node is lost.',
    remedy: 'run the service as a Deployment of its own where this matters',
    check: ({ spec, services }, report) => {
      if (services.length > 0 && spec.shareProcessNamespace) report('shareProcessNamespace', true);
    },
  },
  { code: 'MC267', releases: V1ALPHA1, ...PORTS_OF_A_SERVICE },
  {
    code: 'MC268',
    releases: V1ALPHA1,
    ...nameTwiceInPod(({ metadata }: V1Alpha1Cluster) => [metadata.name]),
    remedy: 'give each container beside Flux a name of its own, other than the cluster and its neighbours',
  },
  { code: 'MC269', releases: V1ALPHA1, ...NAME_OF_THE_RUNNER },
  {
    code: 'MC270',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'must be at least 1',
    consequence:
      'A number of 0 is taken as 1000; with a negative one no user is added, and sudo starts no broker.',
    remedy: 'write the number of the user, or commands.runFluxAsRoot: true for root',
    check: ({ runner }, report) => {
      const uid = runner?.container.fluxUser?.uid;
      if (uid !== undefined && uid < 1) report(`${runner?.path}.fluxUser.uid`, uid);
    },
  },
  {
    code: 'MC271',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is not made when Flux runs as root',
    consequence: 'Flux runs as root and has HOME=/home/<this user>, which only exists if the image has it.',
    remedy: 'remove fluxUser or commands.runFluxAsRoot',
    check: ({ runner }, report) => {
      const { fluxUser, commands } = runner?.container ?? {};
      if (commands?.runFluxAsRoot && isGiven(fluxUser)) report(`${runner?.path}.fluxUser`, fluxUser);
    },
  },
];
