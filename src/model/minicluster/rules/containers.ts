/** Traps T47 to T55, T74 and T78: fields of containers, sidecars and services that the operator drops. */
import { Severity } from '../../problems';
import { Container } from '../api/container';
import { Cluster, wrappedSidecars } from '../cluster';
import { NAME_OF_THE_RUNNER, PORTS_OF_A_SERVICE, isGiven, nameTwiceInPod } from './common/containers';
import { EVERY_ENGINE, EVERY_RELEASE, MAIN_AND_JOB, MAIN_ONLY, ONE_BROKER_IN_EACH_POD } from './releases';
import { Rule } from './rule';

const SERVICE_IGNORES: readonly (keyof Container)[] = [
  'command',
  'commands',
  'launcher',
  'batch',
  'batchRaw',
  'logs',
  'noWrapEntrypoint',
  'runFlux',
];

const SERVICES_POD_IGNORES = [
  'hostIPC',
  'hostPID',
  'nodeAffinity',
  'schedulerName',
  'securityContext',
  'tolerations',
] as const;

export const CONTAINER_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC047',
    traps: ['T47', 'T74'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is ignored: only the pull secrets of containers reach the pods',
    consequence: 'The image is pulled without credentials, and the pod stays in ImagePullBackOff.',
    remedy: 'write the secret on one of the containers, or attach it to the service account of the pods',
    check: ({ spec, services }, report) => {
      const own = spec.flux?.container?.imagePullSecret;
      const passed = spec.containers.map(({ imagePullSecret }) => imagePullSecret);
      if (own && !passed.includes(own)) report('flux.container.imagePullSecret', own);
      for (const { container, path } of services) {
        const secret = container.imagePullSecret;
        if (secret && !passed.includes(secret)) report(`${path}.imagePullSecret`, secret);
      }
    },
  },
  {
    code: 'MC048',
    traps: ['T48'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'must be /mnt/flux: the init script writes its configuration there whatever this says',
    consequence: 'The brokers look for their configuration elsewhere and find none.',
    remedy: 'leave it out',
    check: ({ spec }, report) => {
      const path = spec.flux?.container?.mountPath;
      if (path && path !== '/mnt/flux') report('flux.container.mountPath', path);
    },
  },
  {
    code: 'MC049',
    traps: ['T49'],
    severity: Severity.WARNING,
    releases: MAIN_ONLY,
    title: 'is not set, and sidecars wait for a socket at a wrong path with a tool that is not there',
    consequence: 'The sidecar goes on at once with a wrong fluxsocket; in strict mode it ends with code 127.',
    remedy:
      'set flux.noWaitSocket: true (the library does), and in the sidecar wait for the socket ' +
      '/mnt/flux/config/run/flux/local',
    check: (cluster, report) => {
      if (wrappedSidecars(cluster).length > 0 && !cluster.spec.flux?.noWaitSocket)
        report('flux.noWaitSocket', undefined);
    },
  },
  {
    code: 'MC050',
    traps: ['T50'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is missing in a sidecar whose entrypoint is wrapped',
    consequence:
      'The operator replaces the entrypoint of the image by a script that runs nothing, and the sidecar ends.',
    remedy:
      'give a command, or set noWrapEntrypoint: true to run the image as it is; the library sets it where no hooks are given',
    check: (cluster, report) => {
      for (const { container, path } of wrappedSidecars(cluster)) {
        if (!container.command) report(`${path}.command`, undefined);
      }
    },
  },
  {
    code: 'MC051',
    traps: ['T51'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is dropped when noWrapEntrypoint is set',
    consequence: 'The image runs its own entrypoint, and neither the command nor the hooks of the sidecar.',
    remedy: 'remove noWrapEntrypoint to run the command, or the command and hooks to run the image as it is',
    check: ({ sidecars }, report) => {
      for (const { container, path } of sidecars) {
        if (!container.noWrapEntrypoint) continue;
        if (container.command) report(`${path}.command`, container.command);
        if (isGiven(container.commands)) report(`${path}.commands`, container.commands);
      }
    },
  },
  {
    code: 'MC052',
    traps: ['T52'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is accepted and ignored in a sidecar, which runs init, servicePre and post only',
    consequence: 'The hook never runs.',
    remedy: 'use commands.servicePre in sidecars',
    check: ({ sidecars, runner }, report) => {
      for (const { container, path } of sidecars) {
        for (const hook of ['pre', 'brokerPre', 'workerPre', 'prefix'] as const) {
          const text = container.commands?.[hook];
          if (text) report(`${path}.commands.${hook}`, text);
        }
      }
      const servicePre = runner?.container.commands?.servicePre;
      if (servicePre) {
        report(
          `${runner.path}.commands.servicePre`,
          servicePre,
          'is ignored in the Flux container',
          'use commands.pre',
        );
      }
    },
  },
  {
    code: 'MC053',
    traps: ['T53', 'T74'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is ignored in services, whose containers run their image as it is',
    consequence: 'The service starts without it; with runFlux it fails on a script that is not mounted.',
    remedy: 'bake it into the image, or make it a sidecar in containers',
    check: ({ services }, report) => {
      for (const { container, path } of services) {
        for (const field of SERVICE_IGNORES) {
          if (isGiven(container[field])) report(`${path}.${field}`, container[field]);
        }
      }
    },
  },
  {
    code: 'MC153',
    traps: ['T53'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'does not reach the services pod',
    consequence:
      'The services pod is placed and run without it; it is a bare pod that nobody reschedules after a node is lost.',
    remedy: 'run the service as a Deployment of its own where this matters',
    check: ({ spec, services }, report) => {
      if (services.length === 0) return;
      for (const field of SERVICES_POD_IGNORES) {
        if (isGiven(spec.pod?.[field])) report(`pod.${field}`, spec.pod?.[field]);
      }
      if (spec.shareProcessNamespace) report('shareProcessNamespace', true);
    },
  },
  { code: 'MC054', releases: EVERY_RELEASE, ...PORTS_OF_A_SERVICE },
  {
    code: 'MC055',
    releases: ONE_BROKER_IN_EACH_POD,
    ...nameTwiceInPod(({ metadata, spec }: Cluster) => [
      metadata.name,
      spec.flux?.container?.name ?? 'flux-view',
    ]),
    remedy:
      'give each sidecar a name of its own, other than the cluster, flux.container.name and its neighbours',
  },
  { code: 'MC155', releases: ONE_BROKER_IN_EACH_POD, ...NAME_OF_THE_RUNNER },
  {
    code: 'MC074',
    traps: ['T74'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is accepted and ignored',
    consequence: 'Nothing reads it.',
    remedy: 'mount the munge key as a volume: { secretName, path: /etc/munge, readOnly: true }',
    check: ({ spec }, report) => {
      if (spec.flux?.mungeSecret) report('flux.mungeSecret', spec.flux.mungeSecret);
    },
  },
  {
    code: 'MC174',
    traps: ['T74'],
    severity: Severity.ERROR,
    releases: MAIN_AND_JOB,
    title: 'is accepted and ignored since main, which downloads nothing by architecture',
    consequence: 'Nothing reads it.',
    remedy: 'choose flux.container.image for the architecture instead',
    check: ({ spec }, report) => {
      if (spec.flux?.arch) report('flux.arch', spec.flux.arch);
    },
  },
  {
    code: 'MC178',
    traps: [],
    severity: Severity.WARNING,
    releases: MAIN_ONLY,
    title: 'is written into flux-view.sh, which is not there when the view is disabled',
    consequence: 'No shell ever reads the variables. Brokers and commands do not get them in any case.',
    remedy: 'use the environment of the container, which everything in it gets',
    check: ({ spec }, report) => {
      if (spec.flux?.container?.disable && isGiven(spec.flux.environment))
        report('flux.environment', spec.flux.environment);
    },
  },
  {
    code: 'MC078',
    traps: ['T78'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is missing, so the default view image is pulled and run although the view is disabled',
    consequence:
      '`disable` only skips the copy: the init container still runs, and needs its image on every node.',
    remedy: 'name the image of the application, which is pulled anyway; the library does that by itself',
    check: ({ spec }, report) => {
      if (spec.flux?.container?.disable && !spec.flux.container.image)
        report('flux.container.image', undefined);
    },
  },
];
