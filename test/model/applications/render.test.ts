/** The objects of a cluster with several applications. */
import { multiApplicationCluster } from '../../../src/model/applications';
import { MachineSharing, MultiApplicationClusterInput } from '../../../src/model/applications/spec';
import { FluxFrom } from '../../../src/model/job';
import { Manifest } from '../../../src/model/manifest';
import {
  CLUSTER,
  IOR,
  LAMMPS,
  METADATA,
  NAMES,
  RenderedApplications,
  multiApplications,
  rendered,
  withIor,
} from '../../support/applications-cluster';
import { mountsOf, variablesOf } from '../../support/job-cluster';
import { PodContainer, templateOf } from '../../support/pod-references';

const FLUXION = { serviceImage: 'fluxion:1', controllerImage: 'controller:1' };
const WITH_FLUXION = { sharing: MachineSharing.FLUXION, fluxion: FLUXION };
const STATIC = {
  sharing: MachineSharing.STATIC,
  applications: [
    { ...LAMMPS, cores: 3 },
    { ...IOR, cores: 2 },
  ],
};

const DATA = { data: { claimName: 'data', path: '/data' } };

/** Both applications with these changes. */
function both(changes: object): MultiApplicationClusterInput['applications'] {
  return [LAMMPS, IOR].map((one) => ({ ...one, ...changes }));
}

/** The containers that run Flux, in their order. */
function brokersOf(cluster: RenderedApplications): PodContainer[] {
  return NAMES.map((name) => cluster.container(name));
}

test('a cluster is an Indexed Job with a queue and its applications, scripts, a Service and a certificate', () => {
  const cluster = rendered();
  expect(cluster.manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Secret lmp-curve',
    'ServiceAccount lmp-curve',
    'Role lmp-curve',
    'RoleBinding lmp-curve',
    expect.stringMatching(/^ConfigMap lmp-curve-[0-9a-f]{8}$/),
    expect.stringMatching(/^Job lmp-curve-[0-9a-f]{8}$/),
    expect.stringMatching(/^ConfigMap lmp-scripts-[0-9a-f]{8}$/),
    expect.stringMatching(/^ConfigMap lmp-queue-files-[0-9a-f]{8}$/),
    expect.stringMatching(/^ConfigMap lmp-lammps-files-[0-9a-f]{8}$/),
    expect.stringMatching(/^ConfigMap lmp-ior-files-[0-9a-f]{8}$/),
    'Service lmp',
    'Job lmp',
  ]);
  expect(new Set(cluster.manifests.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['hpc']));
  expect(cluster.spec).toMatchObject({
    completionMode: 'Indexed',
    completions: 2,
    parallelism: 2,
    backoffLimit: 0,
  });
  expect(cluster.pod.containers.map(({ name, image }) => `${name} ${image ?? ''}`)).toEqual([
    'queue view:1',
    'lammps lammps:1',
    'ior ior:1',
  ]);
  expect(cluster.pod.initContainers?.map(({ name }) => name)).toEqual(['flux-view']);
});

test('the image of the queue is that of the view unless it is given', () => {
  const imageOf = (input: Partial<MultiApplicationClusterInput>): string | undefined =>
    rendered(input).container('queue').image;
  expect(imageOf({ flux: {} })).toMatch(/flux-view-ubuntu/);
  expect(imageOf({ queue: { image: 'queue:1' } })).toBe('queue:1');
  expect(imageOf({ fluxFrom: FluxFrom.IMAGE, queue: { image: 'queue:1' } })).toBe('queue:1');
  expect(imageOf(WITH_FLUXION)).toBe('controller:1');
  expect(imageOf({ ...WITH_FLUXION, queue: { image: 'own:1' } })).toBe('own:1');
});

test('each broker has its port, its certificate and its R; the hosts are the same for all, in one order', () => {
  const cluster = rendered({
    size: 3,
    maxSize: 9,
    port: 9000,
    networkInterface: 'net1',
    clusterDomain: 'a.b',
  });
  NAMES.forEach((name, index) => {
    const place = `/mnt/flux/brokers/${index}-${name}`;
    expect(cluster.configurationOf(name)).toMatchObject({
      resource: { path: `${place}/config/etc/flux/system/R` },
      bootstrap: {
        curve_cert: `${place}/config/curve/curve.cert`,
        default_port: 9000 + index,
        default_bind: 'tcp://net1:%p',
        default_connect: 'tcp://%h.lmp.hpc.svc.a.b:%p',
        hosts: [{ host: 'lmp-[0-8]' }],
      },
    });
  });
});

/** What the configurations say about who may run what. */
function sharingOf(cluster: RenderedApplications, name: string): object {
  const { ingest, queues, policy, exec, 'job-manager': manager } = cluster.configurationOf(name);
  return { ingest, queues, policy, exec, manager };
}

const CLOSED = { validator: { plugins: ['jobspec', '/flux-scripts/only_from_queue.py'] } };
const OPEN = { validator: { plugins: ['jobspec', 'feasibility'] } };
/** Into an application's queue comes only what flux-app has made. */
const HANDED_OVER = {
  validator: { plugins: ['jobspec', 'feasibility', '/flux-scripts/only_handed_over.py'] },
};
const NOTHING = {
  ingest: undefined,
  queues: undefined,
  policy: undefined,
  exec: undefined,
  manager: undefined,
};
const BYPASSED = {
  ...NOTHING,
  ingest: CLOSED,
  manager: { 'inactive-num-limit': 1000, plugins: [{ load: 'alloc-bypass.so' }] },
};

test('the queue shares the cores: it has a queue for each application, these run what it hands them on its cores', () => {
  const cluster = rendered();
  expect(sharingOf(cluster, 'queue')).toEqual({
    ingest: HANDED_OVER,
    queues: { queue: {}, lammps: {}, ior: {} },
    policy: { jobspec: { defaults: { system: { queue: 'queue' } } } },
    exec: { 'kill-timeout': '10s' },
    manager: {
      plugins: [{ load: 'perilog.so' }],
      epilog: { command: ['/bin/bash', '/flux-scripts/application-end.sh'] },
    },
  });
  for (const name of ['lammps', 'ior']) expect(sharingOf(cluster, name)).toEqual(BYPASSED);
});

test('where Fluxion shares the cores, no broker takes jobs from people', () => {
  const cluster = rendered(WITH_FLUXION);
  expect(sharingOf(cluster, 'queue')).toEqual({ ...NOTHING, ingest: CLOSED });
  for (const name of ['lammps', 'ior']) expect(sharingOf(cluster, name)).toEqual(BYPASSED);
});

test('where each application has cores of its own, it takes jobs itself, and the queue takes none', () => {
  const cluster = rendered(STATIC);
  expect(sharingOf(cluster, 'queue')).toEqual({ ...NOTHING, ingest: CLOSED });
  for (const name of ['lammps', 'ior'])
    expect(sharingOf(cluster, name)).toEqual({ ...NOTHING, ingest: OPEN });
  const limited = STATIC.applications.map((one) => ({ ...one, resources: { limits: { cpu: '4' } } }));
  for (const applications of [STATIC.applications, limited]) {
    const shared = brokersOf(rendered({ ...STATIC, applications })).map((container) => {
      const { MINICLUSTER_CORES, MINICLUSTER_FIRST_CORE } = variablesOf(container);
      return [MINICLUSTER_FIRST_CORE, MINICLUSTER_CORES];
    });
    expect(shared).toEqual([
      [undefined, undefined],
      ['0', '3'],
      ['3', '2'],
    ]);
  }
});

test.each<[given: string, input: Partial<MultiApplicationClusterInput>, cores: string | undefined]>([
  ['no limits', {}, undefined],
  ['cores', { cores: 6 }, '6'],
  ['a limit', { applications: withIor({ resources: { limits: { cpu: '3500m' } } }).applications }, '3'],
  [
    'limits',
    {
      applications: [
        { ...LAMMPS, resources: { limits: { cpu: '8' } } },
        { ...IOR, resources: { limits: { cpu: '4' } } },
      ],
    },
    '4',
  ],
  ['a limit of the queue', { queue: { resources: { limits: { cpu: '2' } } } }, undefined],
  [
    'a larger limit of an application',
    {
      queue: { resources: { limits: { cpu: '2' } } },
      applications: withIor({ resources: { limits: { cpu: '4' } } }).applications,
    },
    '4',
  ],
  ['cores and limits', { cores: 6, applications: both({ resources: { limits: { cpu: '4' } } }) }, '6'],
  ['requests', { applications: both({ resources: { requests: { cpu: '4' } } }) }, undefined],
])('with %s all brokers share the same number of cores', (_what, input, cores) => {
  for (const sharing of [{ sharing: MachineSharing.QUEUE }, WITH_FLUXION]) {
    const brokers = brokersOf(rendered({ ...input, ...sharing }));
    expect(brokers.map((one) => variablesOf(one).MINICLUSTER_CORES)).toEqual([cores, cores, cores]);
    expect(brokers.map((one) => variablesOf(one).MINICLUSTER_FIRST_CORE)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  }
});

test('each broker has a socket in the common folder, and its own run files and state', () => {
  const cluster = rendered({ flux: { container: { image: 'view:1', mountPath: '/opt/flux' } } });
  NAMES.forEach((name, index) => {
    const place = `/opt/flux/brokers/${index}-${name}/config`;
    const options = cluster.optionsOf(name);
    expect(options).toEqual(
      expect.arrayContaining([
        `-Slocal-uri=local:///opt/flux/config/run/flux/local-${index}`,
        `-Srundir=${place}/run/flux`,
        `-Sstatedir=${place}/var/lib/flux`,
        `-Scron.directory=${place}/etc/flux/system/cron.d`,
      ]),
    );
    expect(new Set(options.map((option) => option.replace(/=.*/, ''))).size).toBe(options.length);
  });
});

test('each container is told which broker it is, who the others are, where they meet and how they share', () => {
  const containers = brokersOf(rendered({ size: 4, maxSize: 6 }));
  containers.forEach((container, index) => {
    const name = NAMES[index] ?? '';
    expect(variablesOf(container)).toMatchObject({
      MINICLUSTER_ROOT: '/mnt/flux',
      MINICLUSTER_PLACE: `/mnt/flux/brokers/${index}-${name}`,
      MINICLUSTER_BROKER: `${index}-${name}`,
      MINICLUSTER_BROKERS: 'queue lammps ior',
      MINICLUSTER_SHARING: 'queue',
      MINICLUSTER_HOSTS: 'lmp-[0-5]',
      MINICLUSTER_LEAD: 'lmp-0',
      MINICLUSTER_LAST_RANK: '5',
      MINICLUSTER_PORT: String(8050 + index),
      MINICLUSTER_MODE: 'interactive',
    });
    expect(variablesOf(container)).not.toHaveProperty('MINICLUSTER_CONTROLLER');
    expect(container.command).toEqual(['/bin/bash', '/flux-scripts/start.sh']);
  });
  expect(variablesOf(rendered(STATIC).container('ior'))).toMatchObject({ MINICLUSTER_SHARING: 'static' });
});

test('what is said of a container is on it alone', () => {
  const own = {
    workingDir: '/work',
    environment: { GREETING: 'hello' },
    secrets: { TOKEN: { name: 's', key: 'k' } },
    volumes: DATA,
    resources: { limits: { memory: '1Gi' } },
    ports: [9000],
    lifeCycle: { preStopExec: 'flux shutdown' },
    imagePullPolicy: 'Always',
    securityContext: { privileged: true },
  };
  for (const input of [{ queue: own }, { applications: [LAMMPS, { ...IOR, ...own }] }]) {
    const cluster = rendered(input);
    const [one, others] = 'queue' in input ? ['queue', ['lammps', 'ior']] : ['ior', ['queue', 'lammps']];
    expect(cluster.container(one)).toMatchObject({
      workingDir: '/work',
      resources: { limits: { memory: '1Gi' } },
      lifecycle: { preStop: { exec: { command: ['/bin/bash', '-c', 'flux shutdown'] } } },
      imagePullPolicy: 'Always',
      securityContext: { privileged: true },
    });
    expect(cluster.container(one).env).toEqual(
      expect.arrayContaining([
        { name: 'GREETING', value: 'hello' },
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      ]),
    );
    expect(cluster.container(one).ports).toContainEqual({
      name: 'port-9000',
      containerPort: 9000,
      protocol: 'TCP',
    });
    expect(mountsOf(cluster.container(one))).toMatchObject({ '/data': 'data' });
    for (const other of others.map((name) => cluster.container(name))) {
      for (const field of ['workingDir', 'resources', 'lifecycle', 'securityContext'])
        expect(other).not.toHaveProperty(field);
      expect(mountsOf(other)).not.toHaveProperty('/data');
      expect(variablesOf(other)).not.toHaveProperty('GREETING');
      expect(other.ports).toHaveLength(1);
    }
  }
});

test('volumes of one name are one where they are the same, and two where they are not', () => {
  const same = rendered({ queue: { volumes: DATA }, applications: both({ volumes: DATA }) });
  expect(brokersOf(same).map((one) => mountsOf(one)['/data'])).toEqual(['data', 'data', 'data']);
  expect(same.pod.volumes?.filter(({ name }) => name.startsWith('data'))).toHaveLength(1);
  const other = {
    data: { claimName: 'other', path: '/data' },
    'flux-scripts-ior': { emptyDir: true, path: '/s' },
  };
  const cluster = rendered({ queue: { volumes: DATA }, applications: both({ volumes: other }) });
  expect(brokersOf(cluster).map((one) => mountsOf(one)['/data'])).toEqual(['data', 'data-2', 'data-2']);
  expect(cluster.volume('data-2')).toMatchObject({ persistentVolumeClaim: { claimName: 'other' } });
  expect(mountsOf(cluster.container('ior'))).toMatchObject({
    '/flux-scripts': 'flux-scripts-ior',
    '/s': 'flux-scripts-ior-2',
  });
});

test('the brokers have ports of their own, named in pods and Service, and no warning of kubectl', () => {
  const cluster = rendered({ port: 9050, queue: { ports: [80] } });
  expect(brokersOf(cluster).map(({ ports }) => ports?.[0])).toMatchObject([
    { name: 'flux', containerPort: 9050 },
    { name: 'port-9051', containerPort: 9051 },
    { name: 'port-9052', containerPort: 9052 },
  ]);
  // Kubernetes warns of one name, or one number, in two containers of a pod.
  const ports = cluster.pod.containers.flatMap((container) => container.ports ?? []);
  for (const values of [ports.map(({ name }) => name), ports.map(({ containerPort }) => containerPort)])
    expect(new Set<unknown>(values).size).toBe(4);
  expect(cluster.object('Service', 'lmp').spec).toMatchObject({
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    ports: [
      { name: 'flux', port: 9050, targetPort: 9050, protocol: 'TCP' },
      { name: 'port-9051', port: 9051, targetPort: 9051, protocol: 'TCP' },
      { name: 'port-9052', port: 9052, targetPort: 9052, protocol: 'TCP' },
    ],
  });
  const elsewhere = rendered({ network: { headlessName: 'overlay' } });
  expect(elsewhere.pod.subdomain).toBe('overlay');
  expect(elsewhere.object('Service', 'overlay').spec).toMatchObject({ clusterIP: 'None' });
});

/** What the ConfigMap of some files is called. */
function mapOf({ manifests }: RenderedApplications, start: string): string {
  return manifests.find(({ metadata }) => metadata.name.startsWith(start))?.metadata.name ?? '';
}

test('scripts are in the cluster once, what is a broker own in a ConfigMap of its own that is named by its content', () => {
  const maps = (cluster: RenderedApplications): string[] =>
    ['lmp-scripts-', 'lmp-queue-files-', 'lmp-lammps-files-', 'lmp-ior-files-'].map((one) =>
      mapOf(cluster, one),
    );
  const [scripts, queue, lammps, ior] = maps(rendered());
  const changed = maps(rendered({ applications: withIor({ commands: { pre: 'date' } }).applications }));
  expect(changed.slice(0, 3)).toEqual([scripts, queue, lammps]);
  expect(changed[3]).not.toBe(ior);
  // With the files of applications stands the host list, and with it the size.
  expect(
    maps(rendered({ size: 3 })).map((name, index) => name === [scripts, queue, lammps, ior][index]),
  ).toEqual([true, false, false, false]);
  const cluster = rendered();
  expect(Object.keys(cluster.scripts)).toEqual(
    expect.arrayContaining([
      'start.sh',
      'node.sh',
      'copy-view.sh',
      'application-pod.sh',
      'companions.sh',
      'flux-app.sh',
      'flux_app.py',
      'only_from_queue.py',
      'application-run.sh',
      'application-end.sh',
    ]),
  );
  for (const name of NAMES)
    expect(Object.keys(cluster.filesOf(name)).sort()).toEqual(['broker-options', 'broker.toml']);
  const immutable = cluster.manifests.filter((one) => (one as { immutable?: boolean }).immutable);
  expect(immutable.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'ConfigMap'));
});

test('a container sees the scripts and its own files in one folder, where they can be started', () => {
  const cluster = rendered();
  for (const name of NAMES) {
    expect(mountsOf(cluster.container(name))).toMatchObject({
      '/flux-scripts': `flux-scripts-${name}`,
      '/flux-certificate': 'flux-certificate',
      '/mnt/flux': 'flux-view',
    });
    expect(cluster.volume(`flux-scripts-${name}`)).toEqual({
      name: `flux-scripts-${name}`,
      projected: {
        defaultMode: 0o555,
        sources: [mapOf(cluster, 'lmp-scripts-'), mapOf(cluster, `lmp-${name}-files-`)].map((map) => ({
          configMap: { name: map },
        })),
      },
    });
    // One of them would hide the other.
    const own = Object.keys(cluster.filesOf(name));
    expect(own.filter((file) => file in cluster.scripts)).toEqual([]);
  }
  expect(mountsOf(cluster.container('flux-view'))).toMatchObject({ '/flux-scripts': 'flux-scripts-queue' });
});

test('all containers run as one user, which is root unless it is said', () => {
  const contextOf = (input: Partial<MultiApplicationClusterInput>): unknown =>
    rendered(input).pod.securityContext;
  expect(contextOf({})).toEqual({ runAsUser: 0, runAsGroup: 0 });
  expect(contextOf({ runAsUser: 1000, runAsGroup: 100 })).toEqual({ runAsUser: 1000, runAsGroup: 100 });
  expect(contextOf({ pod: { securityContext: { runAsUser: 1000, fsGroup: 7 } } })).toEqual({
    runAsUser: 1000,
    runAsGroup: 0,
    fsGroup: 7,
  });
  expect(contextOf({ runAsUser: 1000, pod: { securityContext: { runAsNonRoot: true } } })).toEqual({
    runAsUser: 1000,
    runAsGroup: 0,
    runAsNonRoot: true,
  });
  for (const container of brokersOf(rendered())) expect(container).not.toHaveProperty('securityContext');
});

test('the certificate is made once for all brokers, by nobody where they are root, or as the user that they are', () => {
  const contextOf = (input: Partial<MultiApplicationClusterInput>): unknown => {
    const { manifests } = rendered(input);
    const maker = manifests.filter(({ kind, metadata }) => kind === 'Job' && metadata.name !== 'lmp');
    expect(maker).toHaveLength(1);
    const pod = templateOf(maker[0] as Manifest)?.spec;
    expect(pod?.containers[0]?.image).toBe('view:1');
    return pod?.securityContext;
  };
  expect(contextOf({})).toMatchObject({ runAsNonRoot: true, runAsUser: 65534 });
  expect(contextOf({ runAsUser: 1000, runAsGroup: 100 })).toEqual({ runAsUser: 1000, runAsGroup: 100 });
});

test('services run as their images say where the brokers are root, or as the user that these are', () => {
  const services = [{ name: 'database', image: 'postgres:17' }];
  const contextOf = (input: Partial<MultiApplicationClusterInput>): unknown =>
    templateOf(rendered({ services, ...input }).object('Deployment', 'lmp-services'))?.spec.securityContext;
  expect(contextOf({})).toBeUndefined();
  expect(contextOf({ pod: { securityContext: { fsGroup: 7 } } })).toEqual({ fsGroup: 7 });
  expect(contextOf({ runAsUser: 1000 })).toEqual({ runAsUser: 1000, runAsGroup: 0 });
});

test('a certificate that is given is mounted in each container, and nothing makes another one', () => {
  const cluster = rendered({ certificate: { secretName: 'mine', key: 'my.cert' } });
  expect(cluster.kinds()).toEqual(['ConfigMap', 'ConfigMap', 'ConfigMap', 'ConfigMap', 'Service', 'Job']);
  expect(cluster.volume('flux-certificate')).toEqual({
    name: 'flux-certificate',
    secret: { secretName: 'mine', items: [{ key: 'my.cert', path: 'curve.cert' }] },
  });
  for (const container of brokersOf(cluster))
    expect(mountsOf(container)).toMatchObject({ '/flux-certificate': 'flux-certificate' });
});

test('between sizes of an elastic cluster nothing differs but the number of pods', () => {
  const [small, large] = [2, 7].map((size) => rendered({ minSize: 1, size, maxSize: 8 }));
  expect([small, large].map((one) => [one?.spec.completions, one?.spec.parallelism])).toEqual([
    [2, 2],
    [7, 7],
  ]);
  const withoutSize = (cluster?: RenderedApplications): string =>
    JSON.stringify(cluster?.manifests, (key, value: unknown) =>
      ['completions', 'parallelism'].includes(key) ? undefined : value,
    );
  expect(withoutSize(small)).toBe(withoutSize(large));
  for (const name of NAMES) {
    expect(small?.configurationOf(name).bootstrap?.hosts).toEqual([{ host: 'lmp-[0-7]' }]);
    expect(small?.optionsOf(name)).toContain('-Sbroker.quorum=1');
  }
});

test('the archive is the queue own, and the pods get the time that its jobs get', () => {
  const cluster = rendered({
    queue: { volumes: { state: { claimName: 'state', path: '/state' } } },
    archive: { path: '/state/archive.tgz', drainSeconds: 60 },
  });
  const [queue, ...applications] = brokersOf(cluster).map(variablesOf);
  expect(queue).toMatchObject({ MINICLUSTER_ARCHIVE: '/state/archive.tgz', MINICLUSTER_DRAIN: '60' });
  expect(queue).not.toHaveProperty('MINICLUSTER_QUEUE_DRAIN');
  for (const one of applications) {
    expect(Object.keys(one).filter((name) => /ARCHIVE|_DRAIN$|CLUSTER$/.test(name))).toEqual([
      'MINICLUSTER_QUEUE_DRAIN',
    ]);
    expect(one.MINICLUSTER_QUEUE_DRAIN).toBe('60');
  }
  expect(cluster.pod.terminationGracePeriodSeconds).toBe(90);
  expect(Object.keys(cluster.scripts)).toEqual(expect.arrayContaining(['state.py', 'drain.sh']));
  const plain = rendered();
  expect(plain.pod.terminationGracePeriodSeconds).toBe(30);
  expect(Object.keys(plain.scripts)).not.toContain('state.py');
  expect(rendered({ terminationGracePeriodSeconds: 300 }).pod.terminationGracePeriodSeconds).toBe(300);
});

test('staging is of the application that it is said of', () => {
  const staging = [{ path: 'inputs', from: '/nfs', to: '/data' }];
  const cluster = rendered({ applications: withIor({ staging }).applications });
  expect(cluster.filesOf('ior').staging).toContain('inputs');
  for (const name of ['queue', 'lammps']) expect(cluster.filesOf(name)).not.toHaveProperty('staging');
  expect(Object.keys(cluster.scripts)).toEqual(
    expect.arrayContaining(['staging-pod.sh', 'staging-share.sh']),
  );
  expect(Object.keys(rendered().scripts)).not.toContain('staging-pod.sh');
});

test('hooks are files of their broker alone, as they were written', () => {
  const hooks = { init: 'a\n', pre: '  b "$X"', brokerPre: 'c', workerPre: 'd', post: 'e' };
  const files = {
    'init.sh': 'a\n',
    'pre.sh': '  b "$X"',
    'broker-pre.sh': 'c',
    'worker-pre.sh': 'd',
    'post.sh': 'e',
  };
  const ofIor = rendered({ applications: withIor({ commands: hooks }).applications });
  expect(ofIor.filesOf('ior')).toMatchObject(files);
  const ofQueue = rendered({ queue: { commands: hooks } });
  expect(ofQueue.filesOf('queue')).toMatchObject(files);
  for (const own of [ofIor.filesOf('queue'), ofIor.filesOf('lammps'), ofQueue.filesOf('ior')])
    expect(Object.keys(own).sort()).toEqual(['broker-options', 'broker.toml']);
});

test('with a command the queue runs it once and ends; the applications wait for the queue', () => {
  const command = 'flux-app run --app ior -n4 ior\nexit "$?"';
  const cluster = rendered({ queue: { command, commands: { post: 'date' } } });
  expect(brokersOf(cluster).map((one) => variablesOf(one).MINICLUSTER_MODE)).toEqual([
    'launcher',
    'interactive',
    'interactive',
  ]);
  expect(cluster.filesOf('queue')).toMatchObject({ 'command.sh': command, 'post.sh': 'date' });
  expect(cluster.filesOf('ior')).not.toHaveProperty('command.sh');
  const waiting = rendered({ queue: { command: '' } });
  expect(variablesOf(waiting.container('queue')).MINICLUSTER_MODE).toBe('interactive');
});

test('a pod whose queue was told to stop is replaced uncounted, unless the policy is another', () => {
  expect(rendered().spec.podFailurePolicy).toEqual({
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'Ignore', onExitCodes: { containerName: 'queue', operator: 'In', values: [143] } },
    ],
  });
  const podFailurePolicy = {
    rules: [{ action: 'FailJob', onExitCodes: { containerName: 'ior', operator: 'In', values: [3] } }],
  };
  expect(rendered({ podFailurePolicy }).spec.podFailurePolicy).toEqual(podFailurePolicy);
  expect(rendered({ pod: { restartPolicy: 'Never' } }).spec).toEqual(rendered().spec);
  expect(rendered().pod.restartPolicy).toBe('Never');
});

test('the Job is complete with its lead, unless some container has something to do after Flux', () => {
  const policyOf = (input: Partial<MultiApplicationClusterInput>): unknown =>
    rendered({ kubernetes: '1.31', ...input }).spec.successPolicy;
  expect(policyOf({})).toEqual({ rules: [{ succeededIndexes: '0' }] });
  expect(policyOf({ kubernetes: '1.28' })).toBeUndefined();
  expect(policyOf({ queue: { commands: { post: 'save' } } })).toBeUndefined();
  expect(policyOf({ applications: withIor({ commands: { post: 'save' } }).applications })).toBeUndefined();
});

test('probes ask each broker', () => {
  const cluster = rendered({ probes: true });
  for (const container of brokersOf(cluster))
    expect(container).toMatchObject({
      startupProbe: { exec: { command: ['/bin/bash', '/flux-scripts/probe.sh', 'started'] } },
      livenessProbe: { exec: { command: ['/bin/bash', '/flux-scripts/probe.sh', 'alive'] } },
    });
  expect(Object.keys(cluster.scripts)).toContain('probe.sh');
});

const OF_PODS = { podSelector: { matchLabels: { 'batch.kubernetes.io/job-name': 'lmp' } } };

function tcp(...ports: number[]): object[] {
  return ports.map((port) => ({ port, protocol: 'TCP' }));
}

test('a NetworkPolicy opens the ports of the brokers to one another, those of containers to all', () => {
  const policyOf = (input: Partial<MultiApplicationClusterInput>): unknown =>
    rendered({ networkPolicy: true, ...input }).object('NetworkPolicy', 'lmp').spec;
  expect(policyOf({})).toEqual({
    ...OF_PODS,
    policyTypes: ['Ingress'],
    ingress: [{ from: [OF_PODS], ports: tcp(8050, 8051, 8052) }],
  });
  expect(
    policyOf({ queue: { ports: [80] }, applications: withIor({ ports: [443] }).applications }),
  ).toMatchObject({
    ingress: [{ ports: tcp(8050, 8051, 8052) }, { ports: tcp(80, 443) }],
  });
  expect(policyOf(WITH_FLUXION)).toMatchObject({ ingress: [{ ports: tcp(8050, 8051, 8052, 5000) }] });
  expect(rendered().kinds()).not.toContain('NetworkPolicy');
});

test('Fluxion is a pod beside the cluster, open to its pods alone, and a controller in the queue', () => {
  const resources = { limits: { memory: '1Gi' } };
  const cluster = rendered({ ...WITH_FLUXION, fluxion: { ...FLUXION, resources } });
  expect(cluster.kinds().slice(-5)).toEqual(['Service', 'Deployment', 'Service', 'NetworkPolicy', 'Job']);
  const template = templateOf(cluster.object('Deployment', 'lmp-services'));
  expect(template?.spec.containers).toEqual([
    {
      name: 'fluxion',
      image: 'fluxion:1',
      // By itself it listens to its own pod alone.
      command: ['/code/bin/server', '--host', '0.0.0.0'],
      imagePullPolicy: 'IfNotPresent',
      ports: [{ name: 'port-4242', containerPort: 4242, protocol: 'TCP' }],
      resources,
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ]);
  expect(cluster.object('Service', 'lmp-services').spec).toMatchObject({ ports: [{ port: 4242 }] });
  const { labels } = template?.metadata ?? {};
  const policy = cluster.object('NetworkPolicy', 'lmp-services').spec as {
    podSelector: { matchLabels: Record<string, string> };
  };
  expect(policy).toMatchObject({
    policyTypes: ['Ingress'],
    ingress: [{ from: [OF_PODS], ports: tcp(4242) }],
  });
  expect(labels).toMatchObject(policy.podSelector.matchLabels);
  expect(cluster.template.metadata.labels).not.toMatchObject(policy.podSelector.matchLabels);
  for (const container of brokersOf(cluster))
    expect(variablesOf(container)).toMatchObject({
      MINICLUSTER_SHARING: 'fluxion',
      MINICLUSTER_FLUXION_SERVICE: 'lmp-services:4242',
      MINICLUSTER_CONTROLLER: 'lmp-0.lmp:5000',
      MINICLUSTER_CONTROLLER_PORT: '5000',
    });
});

test('command and ports of Fluxion can be set, and other services stand beside it with theirs open', () => {
  const services = [{ name: 'database', image: 'postgres:17', ports: [5432] }];
  const serviceCommand = ['/server', '--port', '4300'];
  const fluxion = { ...FLUXION, serviceCommand, servicePort: 4300, controllerPort: 5300 };
  const network = { headlessName: 'overlay' };
  const cluster = rendered({ ...WITH_FLUXION, fluxion, services, network, networkPolicy: true });
  const template = templateOf(cluster.object('Deployment', 'lmp-services'));
  expect(template?.spec.containers).toMatchObject([
    { name: 'fluxion', command: serviceCommand },
    { name: 'database' },
  ]);
  expect(template?.spec.containers[1]).not.toHaveProperty('command');
  expect(cluster.object('NetworkPolicy', 'lmp-services').spec).toMatchObject({
    ingress: [{ from: [OF_PODS], ports: tcp(4300) }, { ports: tcp(5432) }],
  });
  expect(cluster.object('NetworkPolicy', 'lmp').spec).toMatchObject({
    ingress: [{ from: [OF_PODS], ports: tcp(8050, 8051, 8052, 5300) }],
  });
  expect(variablesOf(cluster.container('ior'))).toMatchObject({
    MINICLUSTER_FLUXION_SERVICE: 'lmp-services:4300',
    MINICLUSTER_CONTROLLER: 'lmp-0.overlay:5300',
  });
});

test('the service of Fluxion has no capabilities unless its rights are said, and other services have what is theirs', () => {
  const services = [{ name: 'database', image: 'postgres:17', ports: [5432] }];
  const rightsWith = (fluxion: object): unknown[] => {
    const cluster = rendered({ ...WITH_FLUXION, fluxion: { ...FLUXION, ...fluxion }, services });
    const template = templateOf(cluster.object('Deployment', 'lmp-services'));
    return (template?.spec.containers ?? []).map(({ securityContext }) => securityContext);
  };
  expect(rightsWith({})).toEqual([
    { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    undefined,
  ]);
  const securityContext = { capabilities: { add: ['NET_BIND_SERVICE'] } };
  expect(rightsWith({ securityContext })).toEqual([securityContext, undefined]);
  expect(rightsWith({ securityContext: {} })[0] ?? {}).toEqual({});
});

test('the programs of Fluxion are there where it shares the cores, and all that they load', () => {
  const { scripts } = rendered(WITH_FLUXION);
  const names = Object.keys(scripts);
  expect(names).toContain('fluxion_controller.py');
  const loaded = Object.values(scripts).flatMap((text) =>
    [...text.matchAll(/^\s*(?:from|import) ((?:fluxion|flux)_\w+)/gm)].map(
      ([, module]) => `${module ?? ''}.py`,
    ),
  );
  expect([...new Set(loaded)].filter((name) => !names.includes(name))).toEqual([]);
  expect(Object.keys(rendered().scripts).filter((name) => name.startsWith('fluxion_'))).toEqual([]);
});

test('programs that scripts and configurations call are with them, however the cores are shared', () => {
  for (const input of [{ sharing: MachineSharing.QUEUE }, WITH_FLUXION, STATIC]) {
    const cluster = rendered(input);
    const { scripts } = cluster;
    const called = Object.values(scripts).flatMap((text) =>
      [...text.matchAll(/\$SCRIPTS\/(application[-\w]*\.(?:sh|py))/g)].map(([, file]) => file ?? ''),
    );
    expect(called).toContain('application-pod.sh');
    // Only where the queue hands jobs over there is something to clear up after them.
    const needed = called.filter(
      (file) => input.sharing === MachineSharing.QUEUE || !file.startsWith('application_end'),
    );
    expect(needed.filter((file) => !(file in scripts))).toEqual([]);
    const configured = NAMES.flatMap((name) => [
      ...(cluster.filesOf(name)['broker.toml'] ?? '').matchAll(/\/flux-scripts\/([-\w]+\.(?:sh|py))/g),
    ]).map(([, file]) => file ?? '');
    expect(configured).toContain('only_from_queue.py');
    expect(configured.filter((file) => !(file in scripts))).toEqual([]);
  }
});

test('services without Fluxion are as those of a Job, without a NetworkPolicy', () => {
  const services = [{ name: 'database', image: 'postgres:17', ports: [5432] }];
  const cluster = rendered({ services });
  expect(cluster.kinds().slice(-4)).toEqual(['Service', 'Deployment', 'Service', 'Job']);
  expect(templateOf(cluster.object('Deployment', 'lmp-services'))?.spec.containers).toMatchObject([
    { name: 'database', image: 'postgres:17' },
  ]);
});

test.each<[from: FluxFrom, init: string[], volumes: string[], input: Partial<MultiApplicationClusterInput>]>([
  [FluxFrom.VIEW_COPY, ['flux-view'], ['flux-view', 'flux-operator-home', 'spack-software'], {}],
  [FluxFrom.VIEW_VOLUME, [], ['flux-view', 'flux-operator-home', 'flux-view-image'], { kubernetes: '1.35' }],
  [FluxFrom.IMAGE, [], ['flux-view', 'flux-operator-home'], { flux: {}, queue: { image: 'queue:1' } }],
])('Flux comes from %s, for all containers alike', (fluxFrom, init, volumes, input) => {
  const cluster = rendered({ ...input, fluxFrom });
  expect((cluster.pod.initContainers ?? []).map(({ name }) => name)).toEqual(init);
  const scripts = NAMES.map((name) => `flux-scripts-${name}`);
  expect(new Set(cluster.pod.volumes?.map(({ name }) => name))).toEqual(
    new Set([...volumes, ...scripts, 'flux-certificate']),
  );
  const mounted = brokersOf(cluster).map((one) =>
    JSON.stringify(one.volumeMounts).replace(`flux-scripts-${one.name}`, 'flux-scripts'),
  );
  expect(new Set(mounted).size).toBe(1);
});

test('labels, annotations and pull secrets of all containers are on the pods', () => {
  const metadata = { ...METADATA, labels: { team: 'a' }, annotations: { note: 'b' } };
  const cluster = new RenderedApplications(
    multiApplications(
      {
        ...CLUSTER,
        jobLabels: { tier: 'c' },
        queueName: 'team-a',
        pod: { labels: { of: 'pods' }, annotations: { 'example.org/of': 'pods' } },
        queue: { imagePullSecret: 'one' },
        applications: [
          { ...LAMMPS, imagePullSecret: 'two' },
          { ...IOR, pullSecret: { name: 'one' } },
        ],
      },
      metadata,
    ),
  );
  for (const object of cluster.manifests) {
    expect(object.metadata).toMatchObject({ labels: { team: 'a' }, annotations: { note: 'b' } });
    expect(object.metadata.labels?.tier).toBe(object === cluster.job ? 'c' : undefined);
    expect(object.metadata.labels?.['kueue.x-k8s.io/queue-name']).toBe(
      object === cluster.job ? 'team-a' : undefined,
    );
  }
  expect(cluster.template.metadata).toMatchObject({
    labels: { of: 'pods', 'app.kubernetes.io/name': 'lmp' },
    annotations: { 'example.org/of': 'pods' },
  });
  expect(cluster.pod.imagePullSecrets).toEqual([{ name: 'one' }, { name: 'two' }]);
});

/** Does a node have one pod of the cluster only, or one if there is room elsewhere? */
function placementOf(input: Partial<MultiApplicationClusterInput>): string[] {
  const { podAntiAffinity } = (rendered(input).pod.affinity ?? {}) as { podAntiAffinity?: object };
  return Object.keys(podAntiAffinity ?? {});
}

const ALONE = ['requiredDuringSchedulingIgnoredDuringExecution'];
const APART = ['preferredDuringSchedulingIgnoredDuringExecution'];
const LIMITED = { resources: { limits: { cpu: '2' } } };

test.each<[what: string, input: Partial<MultiApplicationClusterInput>, placement: string[]]>([
  ['all cores of the node', {}, ALONE],
  ['all cores of the node, by Fluxion', WITH_FLUXION, ALONE],
  ['all cores of the node, but a limit of the queue', { queue: LIMITED }, ALONE],
  ['cores', { cores: 2 }, APART],
  ['cores, by Fluxion', { ...WITH_FLUXION, cores: 2 }, APART],
  ['a limit of an application', { applications: withIor(LIMITED).applications }, APART],
  // Those of two pods would be the same ones.
  ['cores of each application', STATIC, ALONE],
  ['cores, and a node of its own', { cores: 2, onePodPerNode: true }, ALONE],
  ['all cores of the node, and leave to share it', { onePodPerNode: false }, APART],
  ['cores of each application, and leave to share it', { ...STATIC, onePodPerNode: false }, APART],
  ['no rule of placement', { network: { disableAffinity: true } }, []],
  [
    'no rule of placement, with cores of each application',
    { ...STATIC, network: { disableAffinity: true } },
    [],
  ],
])('a pod with %s has a node of its own if it must', (_what, input, placement) => {
  expect(placementOf(input)).toEqual(placement);
});

test('pods with nodes of their own are told apart by the name of the node', () => {
  expect(rendered().pod.affinity).toMatchObject({
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          labelSelector: { matchLabels: { 'batch.kubernetes.io/job-name': 'lmp' } },
          topologyKey: 'kubernetes.io/hostname',
        },
      ],
    },
  });
});

/** As many applications, with something in every field that counts. */
function many(count: number): MultiApplicationClusterInput {
  const applications = Array.from({ length: count }, (_, index) => ({
    name: `application-${index}`,
    image: `application:${index}`,
    environment: { NUMBER: String(index) },
    volumes: DATA,
    commands: { pre: `echo ${index}` },
  }));
  return { ...CLUSTER, size: 1000, applications };
}

test('twenty applications are rendered in no time, small enough for the API server', () => {
  const manifests = multiApplications(many(20));
  multiApplicationCluster(METADATA, many(20));
  const start = performance.now();
  multiApplicationCluster(METADATA, many(20));
  expect(performance.now() - start).toBeLessThan(200);
  expect(templateOf(manifests.at(-1) as Manifest)?.spec.containers).toHaveLength(21);
  // A request to the API server may have 1.5 MiB.
  for (const one of manifests) expect(JSON.stringify(one).length).toBeLessThan(1.4 * 2 ** 20);
});

test('the same input gives the same bytes, and stays as it was', () => {
  const input = { ...many(3), ...WITH_FLUXION, runAsUser: 5, pod: { securityContext: { fsGroup: 1 } } };
  const before = structuredClone(input);
  const first = JSON.stringify(multiApplicationCluster(METADATA, input));
  expect(input).toEqual(before);
  expect(JSON.stringify(multiApplicationCluster(METADATA, structuredClone(input)))).toBe(first);
  const frozen = deepFreeze(structuredClone(input));
  expect(JSON.stringify(multiApplicationCluster(METADATA, frozen))).toBe(first);
});

function deepFreeze<T extends object>(value: T): T {
  for (const field of Object.values(value))
    if (typeof field === 'object' && field !== null) deepFreeze(field as object);
  return Object.freeze(value);
}
