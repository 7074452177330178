/** What holds for every input: texts arrive, manifests are valid and the same each time, problems are told once. */
import * as fc from 'fast-check';
import { checkMultiApplicationCluster, multiApplicationCluster } from '../../../src/model/applications';
import {
  ApplicationInput,
  MachineSharing,
  MultiApplicationClusterInput,
} from '../../../src/model/applications/spec';
import { FluxFrom } from '../../../src/model/job';
import { InvalidSpecError, hasErrors } from '../../../src/model/problems';
import {
  CLUSTER,
  IOR,
  LAMMPS,
  METADATA,
  NAMES,
  RenderedApplications,
  multiApplications,
  rendered,
} from '../../support/applications-cluster';
import { variablesOf } from '../../support/job-cluster';
import { Reads, environmentOf } from '../../support/kubernetes-expansion';
import { nasty } from '../../support/nasty-text';
import { PodContainer } from '../../support/pod-references';

jest.setTimeout(120_000);

const BOTH = Object.values(Reads);

/** The variables that Kubernetes adds for the Services of the namespace. */
const OUTSIDE = { LMP_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_HOST: '10.0.0.2', HOME: '/root' };

/** The containers of a cluster whose queue and second application have the same own things. */
function withOwn(own: object): [cluster: RenderedApplications, queue: PodContainer, ior: PodContainer] {
  const cluster = rendered({ queue: own, applications: [LAMMPS, { ...IOR, ...own }] });
  return [cluster, cluster.container('queue'), cluster.container('ior')];
}

test('any value of a variable reaches its container as it was written, through the expansion of Kubernetes', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('A_1', 'B_2', 'C_3'), nasty), (environment) => {
      const [cluster, ...containers] = withOwn({ environment });
      for (const reads of BOTH) {
        for (const container of containers)
          expect(environmentOf(container, reads, OUTSIDE)).toMatchObject({ ...environment });
        const other = environmentOf(cluster.container('lammps'), reads, OUTSIDE);
        expect(Object.keys(environment).filter((name) => name in other)).toEqual([]);
      }
    }),
    { numRuns: 200 },
  );
});

/** Nothing but blanks is no text. */
const text = nasty.filter((one) => one.trim() !== '');

test('any hook and any command of the queue is a file of its broker byte for byte', () => {
  fc.assert(
    fc.property(text, text, (given, command) => {
      const commands = { init: given, pre: given, brokerPre: given, workerPre: given, post: given };
      const cluster = rendered({
        queue: { command, commands },
        applications: [LAMMPS, { ...IOR, commands }],
      });
      for (const name of ['queue', 'ior']) {
        const files = cluster.filesOf(name);
        for (const file of ['init.sh', 'pre.sh', 'broker-pre.sh', 'worker-pre.sh', 'post.sh'])
          expect(files[file]).toBe(given);
      }
      expect(cluster.filesOf('queue')['command.sh']).toBe(command);
      expect(Object.keys(cluster.filesOf('lammps')).sort()).toEqual(['broker-options', 'broker.toml']);
    }),
    { numRuns: 150 },
  );
});

/** The first value most of the time. */
function often<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

/** Sound and unsound ones. */
const name = fc.oneof(
  { weight: 30, arbitrary: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?$/) },
  { weight: 1, arbitrary: fc.constantFrom('queue', 'flux-view', 'a'.repeat(50), 'a'.repeat(51), 'A', '') },
);

/** Each key has a path of its own. */
const volumes = fc
  .dictionary(
    fc.constantFrom('a', 'b', 'data', 'flux-scripts-queue'),
    fc.constantFrom<object>(
      { claimName: 'b' },
      { configMapName: 'c', items: { k: 'v' } },
      { secretName: 's', readOnly: true },
      { emptyDir: true, emptyDirMedium: 'memory', emptyDirSizeLimit: '1Gi' },
    ),
    { maxKeys: 2, noNullPrototype: true },
  )
  .map((sources) =>
    Object.fromEntries(Object.entries(sources).map(([key, source]) => [key, { ...source, path: `/${key}` }])),
  );

const CONTAINER = {
  workingDir: fc.constant('/work'),
  environment: fc.dictionary(fc.constantFrom('A', 'B'), nasty, { noNullPrototype: true }),
  volumes,
  ports: fc.uniqueArray(fc.integer({ min: 8000, max: 30_000 }), { maxLength: 2 }),
  resources: fc.constantFrom<object>(
    { limits: { cpu: '2' } },
    { limits: { cpu: '3500m', memory: '1Gi' } },
    { requests: { cpu: '1' } },
    { limits: { 'nvidia.com/gpu': '1' } },
  ),
  commands: fc.record(
    { init: text, pre: text, brokerPre: text, workerPre: text, post: text },
    { requiredKeys: [], noNullPrototype: true },
  ),
  lifeCycle: fc.constant({ preStopExec: 'flux shutdown' }),
  securityContext: often<object>({ privileged: true }, { runAsUser: 0 }, { runAsNonRoot: true }),
  imagePullPolicy: fc.constantFrom('Always', 'Never'),
  imagePullSecret: fc.constant('registry'),
};

const application = fc.record(
  {
    ...CONTAINER,
    name,
    image: fc.constant('application:1'),
    cores: fc.integer({ min: 1, max: 8 }),
    staging: fc.constant([{ path: 'a', from: '/x', to: '/b' }]),
  },
  { requiredKeys: ['name', 'image'], noNullPrototype: true },
);

const queue = fc.record(
  { ...CONTAINER, image: fc.constant('queue:1'), command: text },
  { requiredKeys: [], noNullPrototype: true },
);

const options = fc.record(
  {
    size: fc.integer({ min: 1, max: 4 }),
    minSize: fc.constant(1),
    maxSize: fc.integer({ min: 4, max: 8 }),
    kubernetes: fc.constantFrom('1.28', '1.29', '1.31', '1.35'),
    fluxFrom: often(FluxFrom.VIEW_COPY, FluxFrom.VIEW_VOLUME, FluxFrom.IMAGE),
    certificate: fc.constant({ secretName: 'curve' }),
    backoffLimit: fc.nat(3),
    cores: fc.integer({ min: 1, max: 8 }),
    onePodPerNode: fc.boolean(),
    port: fc.integer({ min: 8000, max: 8060 }),
    clusterDomain: fc.constant('cluster.local'),
    networkPolicy: fc.boolean(),
    probes: fc.boolean(),
    queueName: fc.constant('team-a'),
    runAsUser: fc.constantFrom(0, 1000),
    runAsGroup: fc.constantFrom(0, 1000),
    archive: fc.constantFrom({ path: '/data/archive.tgz', drainSeconds: 30 }, { path: '/data/archive.tgz' }),
    services: fc.constantFrom([{ name: 'database', image: 'postgres:17', ports: [5432] }]),
    network: fc.constant({ headlessName: 'overlay' }),
    shareProcessNamespace: fc.boolean(),
    pod: fc.record(
      {
        labels: fc.constant({ a: 'b' }),
        restartPolicy: often('Never', 'OnFailure'),
        securityContext: fc.constantFrom({}, { fsGroup: 2 }),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    flux: fc.constantFrom(
      { container: { image: 'view:1' } },
      { container: { image: 'view:1', mountPath: '/opt/flux', name: 'view' } },
      { container: { image: 'view:1' }, scheduler: { simple: true } },
    ),
    queue,
  },
  { requiredKeys: [], noNullPrototype: true },
);

const FLUXION = { serviceImage: 'fluxion:1', controllerImage: 'controller:1' };

/** Sound ones, and such as have a mistake in them. */
const cluster = fc
  .tuple(
    options,
    fc.array(application, { minLength: 1, maxLength: 5 }),
    fc.constantFrom(undefined, ...Object.values(MachineSharing)),
    fc.integer({ min: 0, max: 19 }),
  )
  .map(([given, applications, sharing, odd]): MultiApplicationClusterInput => {
    const isStatic = sharing === MachineSharing.STATIC;
    const { cores, archive, ...input } = given;
    const isQueue = sharing === undefined || sharing === MachineSharing.QUEUE;
    const tidied = applications.map(({ cores: own = 1, ...one }): ApplicationInput => {
      // One in twenty has cores where they don't belong, or none where they do.
      return isStatic === odd > 0 ? { ...one, cores: own } : one;
    });
    return {
      ...input,
      ...(!isStatic && cores !== undefined && { cores }),
      ...((isQueue || odd === 1) && archive !== undefined && { archive }),
      ...(sharing === MachineSharing.FLUXION && { fluxion: FLUXION }),
      sharing,
      applications: tidied,
    };
  });

test('any mix of options is refused, or renders valid manifests: the same bytes each time, from an input that stays', () => {
  let count = 0;
  fc.assert(
    fc.property(cluster, (input) => {
      const before = structuredClone(input);
      const problems = checkMultiApplicationCluster(METADATA, input);
      if (hasErrors(problems)) {
        expect(() => multiApplicationCluster(METADATA, input)).toThrow(InvalidSpecError);
        return;
      }
      count += 1;
      const manifests = multiApplications(input);
      expect(input).toEqual(before);
      expect(JSON.stringify(multiApplicationCluster(METADATA, structuredClone(input)))).toBe(
        JSON.stringify(manifests),
      );
    }),
    { numRuns: 400 },
  );
  expect(count).toBeGreaterThan(100);
});

test('whatever is wrong is told once, of a field of this input', () => {
  let count = 0;
  fc.assert(
    fc.property(cluster, (input) => {
      // One list of ports may have two mistakes in it.
      const told = checkMultiApplicationCluster(METADATA, input).map(
        ({ path, code, value }) => `${path} ${code} ${JSON.stringify(value)}`,
      );
      count += told.length;
      expect(told).toEqual([...new Set(told)]);
      for (const one of told)
        expect(one).toMatch(
          /^(queue|applications\[\d\]|fluxion|flux|pod|network|archive|cores|onePodPerNode|port|fluxFrom|[a-z]+Size)[. ]/,
        );
    }),
    { numRuns: 500 },
  );
  expect(count).toBeGreaterThan(200);
});

test('brokers never share a port, a place, a socket or a name', () => {
  fc.assert(
    fc.property(cluster, (input) => {
      if (hasErrors(checkMultiApplicationCluster(METADATA, input))) return;
      const job = new RenderedApplications(multiApplicationCluster(METADATA, input));
      const names = ['queue', ...input.applications.map((one) => one.name)];
      const brokers = names.map((one) => job.container(one));
      const own = [
        ...['MINICLUSTER_PORT', 'MINICLUSTER_PLACE', 'MINICLUSTER_BROKER'].map((variable) =>
          brokers.map((one) => variablesOf(one)[variable]),
        ),
        names.map((one) => job.optionsOf(one).find((option) => option.startsWith('-Slocal-uri='))),
      ];
      for (const values of own) expect(new Set(values).size).toBe(names.length);
      const ports = job.pod.containers.flatMap((container) => container.ports ?? []);
      expect(new Set(ports.map(({ containerPort }) => containerPort)).size).toBe(ports.length);
      // What must be the same is: the order of the hosts decides about the ranks.
      for (const variable of [
        'MINICLUSTER_HOSTS',
        'MINICLUSTER_LEAD',
        'MINICLUSTER_ROOT',
        'MINICLUSTER_BROKERS',
      ])
        expect(new Set(brokers.map((one) => variablesOf(one)[variable])).size).toBe(1);
      expect(
        new Set(names.map((one) => JSON.stringify(job.configurationOf(one).bootstrap?.hosts))).size,
      ).toBe(1);
    }),
    { numRuns: 300 },
  );
});

test('two pods share a node only where each plans with a part of it, or where that is told', () => {
  let together = 0;
  fc.assert(
    fc.property(cluster, fc.boolean(), (given, disableAffinity) => {
      const input = { ...given, network: { ...given.network, ...(disableAffinity && { disableAffinity }) } };
      const problems = checkMultiApplicationCluster(METADATA, input);
      if (hasErrors(problems) || problems.some(({ code }) => code === 'MA012' || code === 'MJ017')) return;
      const job = new RenderedApplications(multiApplicationCluster(METADATA, input));
      const { podAntiAffinity } = (job.pod.affinity ?? {}) as { podAntiAffinity?: object };
      const isAlone = 'requiredDuringSchedulingIgnoredDuringExecution' in (podAntiAffinity ?? {});
      if (isAlone || (input.maxSize ?? input.size ?? 1) === 1) return;
      together += 1;
      expect(input.sharing).not.toBe(MachineSharing.STATIC);
      const brokers = ['queue', ...input.applications.map((one) => one.name)].map((one) =>
        job.container(one),
      );
      for (const one of brokers) expect(variablesOf(one)).toHaveProperty('MINICLUSTER_CORES');
    }),
    { numRuns: 400 },
  );
  expect(together).toBeGreaterThan(20);
});

test('where the queue shares the cores, all brokers know of the same number of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.integer({ min: 1, max: 64 })), { minLength: 2, maxLength: 2 }),
      fc.integer({ min: 1, max: 64 }),
      (limits, ofQueue) => {
        const applications = [LAMMPS, IOR].map((one, index) => {
          const cpu = limits[index];
          return cpu ? { ...one, resources: { limits: { cpu: String(cpu) } } } : one;
        });
        const given = limits.filter((one) => one !== null);
        const least = given.length > 0 ? String(Math.min(...given)) : undefined;
        // What the queue may use for its own work is none of it.
        const job = rendered({ applications, queue: { resources: { limits: { cpu: String(ofQueue) } } } });
        for (const one of NAMES) expect(variablesOf(job.container(one)).MINICLUSTER_CORES).toBe(least);
      },
    ),
    { numRuns: 50 },
  );
});

test('in the mode static the cores of the applications follow one another, without a gap', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }), (cores) => {
      const applications = cores.map((count, index) => ({ ...IOR, name: `a-${index}`, cores: count }));
      const job = rendered({ sharing: MachineSharing.STATIC, applications });
      let next = 0;
      for (const { name: one, cores: count } of applications) {
        expect(variablesOf(job.container(one))).toMatchObject({
          MINICLUSTER_FIRST_CORE: String(next),
          MINICLUSTER_CORES: String(count),
        });
        next += count;
      }
    }),
    { numRuns: 50 },
  );
});

/** Anything at all in the place of a field. */
const anything = fc.anything({ maxDepth: 3, withNullPrototype: true });

const FIELDS = [
  'applications',
  'queue',
  'sharing',
  'fluxion',
  'pod',
  'flux',
  'services',
  'archive',
  'port',
  'size',
];

test('anything in the place of the input, or of one of its fields, is rendered or refused in words', () => {
  const broken = fc.oneof(
    anything,
    fc
      .dictionary(fc.constantFrom(...FIELDS), anything, { noNullPrototype: true })
      .map((fields) => ({ ...CLUSTER, ...fields })),
    fc
      .dictionary(fc.constantFrom(...Object.keys(CONTAINER), 'name', 'image', 'cores', 'staging'), anything)
      .map((fields) => ({ ...CLUSTER, applications: [LAMMPS, { ...IOR, ...fields }], queue: fields })),
  );
  let count = 0;
  fc.assert(
    fc.property(broken, (input) => {
      try {
        multiApplicationCluster(METADATA, input as MultiApplicationClusterInput);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidSpecError);
        const { problems, message } = error as InvalidSpecError;
        expect(message).not.toMatch(/containers\[|MiniCluster container's|undefined is/);
        const told = problems.map(({ code, path }) => `${code} ${path}`);
        expect(told).toEqual([...new Set(told)]);
        count += 1;
      }
    }),
    { numRuns: 600 },
  );
  expect(count).toBeGreaterThan(200);
});
