/** The objects of a MiniClusterJob. */
import { FluxFrom, MiniClusterJobInput, miniClusterJob } from '../../../src/model/job';
import {
  CLUSTER,
  METADATA,
  RenderedJob,
  brokerConfiguration,
  rendered,
  variablesOf,
  withSidecars,
} from '../../support/job-cluster';
import { applicable, templateOf } from '../../support/pod-references';

test('a cluster is an Indexed Job, its Service, its scripts and what makes its certificate, all in the namespace', () => {
  const cluster = rendered();
  expect(cluster.manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Secret lmp-curve',
    'ServiceAccount lmp-curve',
    'Role lmp-curve',
    'RoleBinding lmp-curve',
    expect.stringMatching(/^ConfigMap lmp-curve-[0-9a-f]{8}$/),
    expect.stringMatching(/^Job lmp-curve-[0-9a-f]{8}$/),
    expect.stringMatching(/^ConfigMap lmp-entrypoint-[0-9a-f]{8}$/),
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
  expect(cluster.pod).toMatchObject({
    subdomain: 'lmp',
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
  });
});

test('labels and annotations of the metadata are on every object, those of pods and the Job on these alone', () => {
  const metadata = { ...METADATA, labels: { team: 'a' }, annotations: { note: 'b' } };
  const cluster = new RenderedJob(
    miniClusterJob(metadata, {
      ...CLUSTER,
      jobLabels: { tier: 'c' },
      pod: { labels: { of: 'pods' }, annotations: { 'example.org/of': 'pods' } },
    }),
  );
  for (const object of cluster.manifests) {
    expect(object.metadata).toMatchObject({ labels: { team: 'a' }, annotations: { note: 'b' } });
    expect(object.metadata.labels?.tier).toBe(object === cluster.job ? 'c' : undefined);
  }
  expect(cluster.template.metadata).toEqual({
    labels: {
      of: 'pods',
      app: 'flux-operator',
      'app.kubernetes.io/name': 'lmp',
      'hpa-selector': 'lmp',
      namespace: 'hpc',
    },
    annotations: { 'example.org/of': 'pods' },
  });
});

const SERVICES = { 'app.kubernetes.io/name': 'lmp-services', 'app.kubernetes.io/component': 'services' };

test('services are a Deployment of one pod and a Service with named ports', () => {
  const cluster = rendered({
    services: [
      {
        image: 'postgres:17',
        name: 'database',
        ports: [5432],
        environment: { A: '1' },
        secrets: { PASSWORD: { name: 's', key: 'k' } },
        volumes: { data: { claimName: 'data', path: '/var/lib/postgresql' } },
        resources: { limits: { cpu: '1' } },
        imagePullSecret: 'registry',
      },
      { image: 'redis:7', name: 'cache', ports: [6379, 6380] },
    ],
    pod: { nodeSelector: { pool: 'hpc' } },
  });
  expect(cluster.kinds().slice(-4)).toEqual(['Service', 'Deployment', 'Service', 'Job']);
  const deployment = cluster.object('Deployment', 'lmp-services');
  const template = templateOf(deployment);
  expect(deployment.spec).toMatchObject({
    replicas: 1,
    selector: { matchLabels: SERVICES },
  });
  expect(template?.metadata.labels).toMatchObject({
    ...SERVICES,
    'job-name': 'lmp',
  });
  expect(template?.spec).toMatchObject({
    hostname: 'lmp-services',
    subdomain: 'lmp',
    automountServiceAccountToken: false,
    nodeSelector: { pool: 'hpc' },
    imagePullSecrets: [{ name: 'registry' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  });
  expect(template?.spec.containers).toMatchObject([
    {
      name: 'database',
      env: [
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        { name: 'A', value: '1' },
      ],
      volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql' }],
      resources: { limits: { cpu: '1' } },
    },
    { name: 'cache' },
  ]);
  expect(cluster.object('Service', 'lmp-services').spec).toEqual({
    selector: SERVICES,
    ports: [5432, 6379, 6380].map((port) => ({
      name: `port-${port}`,
      port,
      targetPort: port,
      protocol: 'TCP',
    })),
  });
  expect(cluster.pod.imagePullSecrets).toBeUndefined();
});

test('services without ports have no Service', () => {
  const cluster = rendered({ services: [{ image: 'redis:7', name: 'cache' }] });
  expect(cluster.kinds().filter((kind) => kind === 'Service')).toHaveLength(1);
});

test.each([
  [{}, 0],
  [{ backoffLimit: 0 }, 0],
  [{ backoffLimit: 7 }, 7],
  [{ pod: { restartPolicy: 'OnFailure' } }, undefined],
  [{ pod: { restartPolicy: 'OnFailure' }, backoffLimit: 0 }, 0],
])('%j gives the backoff limit %s', (input, limit) => {
  expect(rendered(input).spec.backoffLimit).toBe(limit);
});

test('pods that were told to stop or lost with their node are replaced uncounted, unless the policy is another', () => {
  expect(rendered().spec.podFailurePolicy).toEqual({
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'Ignore', onExitCodes: { containerName: 'lmp', operator: 'In', values: [143] } },
    ],
  });
  const podFailurePolicy = {
    rules: [
      { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 42] } },
      { action: 'Count', onPodConditions: [{ type: 'DisruptionTarget' }] },
    ],
  };
  expect(rendered({ podFailurePolicy }).spec.podFailurePolicy).toEqual({
    rules: [
      { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 42] } },
      { action: 'Count', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ],
  });
});

test('with OnFailure there is no failure policy, which Kubernetes would refuse', () => {
  const cluster = rendered({ pod: { restartPolicy: 'OnFailure' } });
  expect(cluster.pod.restartPolicy).toBe('OnFailure');
  expect(cluster.spec.podFailurePolicy).toBeUndefined();
});

test.each([
  [{ kubernetes: '1.28' }, undefined],
  [{ kubernetes: '1.28', featureGates: ['JobPodReplacementPolicy'] }, 'Failed'],
  [{ kubernetes: '1.29' }, 'Failed'],
])('with OnFailure and %j a pod is replaced once it has ended: %s', (target, policy) => {
  const { spec } = rendered({ ...target, pod: { restartPolicy: 'OnFailure' } });
  expect(spec.podReplacementPolicy).toBe(policy);
  // With a failure policy Kubernetes does so by itself.
  expect(rendered(target).spec).not.toHaveProperty('podReplacementPolicy');
});

test.each([
  [{}, false],
  [{ kubernetes: '1.30' }, false],
  [{ kubernetes: '1.30', featureGates: ['JobSuccessPolicy'] }, true],
  [{ kubernetes: '1.29', featureGates: ['JobSuccessPolicy'] }, false],
  [{ kubernetes: '1.31' }, true],
  [{ kubernetes: '1.100' }, true],
])('%j has a success policy: %s', (input, has) => {
  expect(rendered(input).spec.successPolicy).toEqual(
    has ? { rules: [{ succeededIndexes: '0' }] } : undefined,
  );
});

test('followers with something to do after Flux are waited for', () => {
  const cluster = rendered({ kubernetes: '1.31' }, { commands: { post: 'save' } });
  expect(cluster.spec.successPolicy).toBeUndefined();
});

test('what the Job itself can do is taken from the options', () => {
  const cluster = rendered({
    deadlineSeconds: 60,
    ttlSecondsAfterFinished: 300,
    suspend: true,
    queueName: 'team-a',
    terminationGracePeriodSeconds: 90,
    priorityClassName: 'high',
  });
  expect(cluster.spec).toMatchObject({
    activeDeadlineSeconds: 60,
    ttlSecondsAfterFinished: 300,
    suspend: true,
  });
  expect(cluster.job.metadata.labels).toEqual({ 'kueue.x-k8s.io/queue-name': 'team-a' });
  expect(cluster.pod).toMatchObject({ terminationGracePeriodSeconds: 90, priorityClassName: 'high' });
  expect(rendered({ cleanup: true }).spec.ttlSecondsAfterFinished).toBe(0);
  expect(rendered({ cleanup: true, ttlSecondsAfterFinished: 5 }).spec.ttlSecondsAfterFinished).toBe(5);
  const plain = rendered();
  expect(plain.job.metadata.labels).toBeUndefined();
  for (const field of ['suspend', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'])
    expect(plain.spec).not.toHaveProperty(field);
});

const CLUSTER_SCOPED = [
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'Namespace',
  'PriorityClass',
];

test('by default a certificate is made in the namespace, with the right to fill one Secret and nothing else', () => {
  const cluster = rendered();
  for (const kind of CLUSTER_SCOPED) expect(cluster.kinds()).not.toContain(kind);
  const secret = cluster.object('Secret', 'lmp-curve');
  expect([secret.data, (secret as { stringData?: object }).stringData, secret.type]).toEqual([
    undefined,
    undefined,
    'Opaque',
  ]);
  expect((cluster.object('Role', 'lmp-curve') as unknown as { rules: object[] }).rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['lmp-curve'], verbs: ['get', 'patch'] },
  ]);
  expect(cluster.object('RoleBinding', 'lmp-curve')).toMatchObject({
    roleRef: { kind: 'Role', name: 'lmp-curve' },
    subjects: [{ kind: 'ServiceAccount', name: 'lmp-curve', namespace: 'hpc' }],
  });
  // The pods of the cluster get no token of any account.
  expect([cluster.pod.serviceAccountName, cluster.pod.automountServiceAccountToken]).toEqual([
    undefined,
    false,
  ]);
  expect(cluster.object('ServiceAccount', 'lmp-curve')).toMatchObject({
    automountServiceAccountToken: false,
  });
});

test('an existing Secret needs no Role, no account and no Job beside the one', () => {
  const cluster = rendered({ certificate: { secretName: 'mine', key: 'my.cert' } });
  expect(cluster.kinds()).toEqual(['ConfigMap', 'Service', 'Job']);
  expect(cluster.volume('flux-certificate')).toEqual({
    name: 'flux-certificate',
    secret: { secretName: 'mine', items: [{ key: 'my.cert', path: 'curve.cert' }] },
  });
  expect(
    new RenderedJob(
      miniClusterJob({ name: 'lmp' }, { ...CLUSTER, certificate: { secretName: 'm' } }),
    ).kinds(),
  ).toEqual(['ConfigMap', 'Service', 'Job']);
});

/** The pod that makes the certificate. */
function makerOf({ manifests }: RenderedJob): ReturnType<typeof templateOf> {
  const job = manifests.find(
    ({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('lmp-curve-'),
  );
  return job && templateOf(job);
}

test('the certificate is made with the image that holds Flux, where the pods may run, with no more rights than needed', () => {
  const pod = {
    nodeSelector: { pool: 'hpc' },
    nodeAffinity: { 'kubernetes.io/arch': ['arm64'] },
    tolerations: [{ key: 'hpc', operator: 'Exists' }],
    runtimeClassName: 'gvisor',
  };
  const cluster = rendered({ pod }, { imagePullPolicy: 'Never', imagePullSecret: 'registry' });
  const spec = makerOf(cluster)?.spec;
  expect(spec).toMatchObject({
    nodeSelector: { pool: 'hpc' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] },
          ],
        },
      },
    },
    tolerations: [{ key: 'hpc', operator: 'Exists' }],
    runtimeClassName: 'gvisor',
    imagePullSecrets: [{ name: 'registry' }],
    securityContext: { runAsNonRoot: true, runAsUser: 65534 },
  });
  // The policy of the application's image says nothing of the view's, which is pulled as for the copy.
  expect(spec?.containers[0]).toMatchObject({
    image: 'view:1',
    imagePullPolicy: cluster.container('flux-view').imagePullPolicy,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
  });
  const ofImage = makerOf(rendered({ fluxFrom: FluxFrom.IMAGE, flux: {} }, { imagePullPolicy: 'Never' }));
  expect(ofImage?.spec.containers[0]).toMatchObject({ image: 'lammps:1', imagePullPolicy: 'Never' });
  const asUser = makerOf(rendered({ pod: { securityContext: { fsGroup: 7, runAsUser: 8 } } }));
  expect(asUser?.spec.securityContext).toEqual({ fsGroup: 7, runAsUser: 8 });
});

test('the longest name of a cluster gives names that all objects can have, each its own', () => {
  const services = [{ image: 'redis:7', name: 'cache', ports: [6379] }];
  const input = { ...CLUSTER, services, networkPolicy: true };
  const manifests = applicable(miniClusterJob({ ...METADATA, name: 'a'.repeat(52) }, input));
  expect(manifests).toHaveLength(rendered(input).manifests.length);
});

test('a NetworkPolicy opens the brokers to one another, ports of containers to all, and nothing else', () => {
  const cluster = withSidecars([{ image: 'redis:7', name: 'cache', ports: [6379] }], {
    networkPolicy: true,
    port: 9050,
  });
  const podSelector = { matchLabels: { 'batch.kubernetes.io/job-name': 'lmp' } };
  expect(cluster.object('NetworkPolicy', 'lmp').spec).toEqual({
    podSelector,
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector }], ports: [{ port: 9050, protocol: 'TCP' }] },
      { ports: [{ port: 6379, protocol: 'TCP' }] },
    ],
  });
  expect(rendered().kinds()).not.toContain('NetworkPolicy');
});

test('a minimal Service has one address, for the lead broker, whose name the followers use', () => {
  const flux = { ...CLUSTER.flux, minimalService: true };
  const cluster = rendered({ flux, size: 3, tasks: 3, network: { headlessName: 'lead' } });
  expect(cluster.object('Service', 'lead').spec).toMatchObject({
    selector: { 'job-name': 'lmp', 'batch.kubernetes.io/job-completion-index': '0' },
  });
  expect(cluster.object('Service', 'lead').spec).not.toHaveProperty('clusterIP');
  const hosts = (input: Partial<MiniClusterJobInput>): unknown =>
    brokerConfiguration(rendered({ flux, ...input })).bootstrap?.hosts;
  const lead = { host: 'lmp-0', connect: 'tcp://lmp:8050' };
  expect(hosts({ size: 1, tasks: 1 })).toEqual([lead]);
  expect(hosts({ size: 2, tasks: 2 })).toEqual([lead, { host: 'lmp-1' }]);
  expect(hosts({ size: 3, tasks: 3, maxSize: 8, port: 9 })).toEqual([
    { host: 'lmp-0', connect: 'tcp://lmp:9' },
    { host: 'lmp-[1-7]' },
  ]);
});

test('a lead cluster with bursts lists their hosts, and starts with the quorum that it is given', () => {
  const cluster = rendered({
    minSize: 2,
    flux: { ...CLUSTER.flux, bursting: { clusters: [{}, { name: 'gpu', size: 3 }] } },
  });
  expect(brokerConfiguration(cluster).bootstrap?.hosts).toEqual([
    { host: 'lmp-[0-1],burst-0-[0-1],gpu-[0-2]' },
  ]);
  expect(variablesOf(cluster.flux)).toMatchObject({
    MINICLUSTER_LEAD: 'lmp-0',
    MINICLUSTER_HOSTS: 'lmp-[0-1],burst-0-[0-1],gpu-[0-2]',
  });
  expect(cluster.files['broker-options']).toContain('-Sbroker.quorum=2\n');
});

test('a bursted cluster follows the lead of another one, whose host block is whole', () => {
  const leadBroker = { address: '203.0.113.5', name: 'lead', size: 4, port: 30093 };
  const bursting = { leadBroker, clusters: [{ name: 'lmp', size: 2 }] };
  const cluster = rendered({ flux: { ...CLUSTER.flux, bursting }, networkInterface: 'net1' });
  expect(brokerConfiguration(cluster).bootstrap?.hosts).toEqual([
    { host: '203.0.113.5', bind: 'tcp://net1:30093', connect: 'tcp://203.0.113.5:30093' },
    { host: 'lead-[1-3],lmp-[0-1]' },
  ]);
  expect(variablesOf(cluster.flux)).toMatchObject({
    MINICLUSTER_LEAD: '203.0.113.5',
    MINICLUSTER_PORT: '30093',
    MINICLUSTER_HOSTS: '203.0.113.5,lead-[1-3],lmp-[0-1]',
  });
});

test.each([
  ['lead-[3-9],lmp-[0-1]', 'lead-3'],
  ['lead,lmp-[0-1]', 'lead'],
  ['lead-[007],lmp-[0-1]', 'lead-007'],
])('the lead of the host list %s is %s', (hostlist, lead) => {
  const cluster = rendered({ flux: { ...CLUSTER.flux, bursting: { hostlist } } });
  expect(brokerConfiguration(cluster).bootstrap?.hosts).toEqual([{ host: hostlist }]);
  expect(variablesOf(cluster.flux).MINICLUSTER_LEAD).toBe(lead);
});

test('an elastic cluster knows the hosts of its largest size, and starts with as many as it has', () => {
  const cluster = rendered({ size: 2, maxSize: 8 });
  expect(cluster.spec).toMatchObject({ completions: 2, parallelism: 2 });
  expect(variablesOf(cluster.flux).MINICLUSTER_HOSTS).toBe('lmp-[0-7]');
  expect(brokerConfiguration(cluster).bootstrap?.hosts).toEqual([{ host: 'lmp-[0-7]' }]);
  expect(cluster.files['broker-options']).toContain('-Sbroker.quorum=2\n');
});

test('a plain job for all nodes is submitted while followers still join; whatever else a lead runs waits for them', () => {
  const options = (...given: Parameters<typeof rendered>): string =>
    rendered(...given).files['broker-options'] ?? '';
  expect(options()).toContain('-Sbroker.quorum=1\n');
  expect(options({ tasks: 0 })).toContain('-Sbroker.quorum=1\n');
  expect(options({ minSize: 2 })).toContain('-Sbroker.quorum=2\n');
  for (const other of [
    options({ tasks: 1 }),
    options({ flux: { ...CLUSTER.flux, optionFlags: '-N1' } }),
    options({ flux: { ...CLUSTER.flux, submitCommand: 'flux run' } }),
    options({}, { commands: { prefix: 'time' } }),
    options({}, { launcher: true }),
    options({}, { batch: true }),
    options({ interactive: true, tasks: undefined }, { command: undefined }),
    options({ size: 1, tasks: 1 }),
  ])
    expect(other).not.toContain('quorum');
});

test('an interactive cluster with minSize can be scaled: its template says nothing of its size', () => {
  const interactive = { interactive: true, tasks: undefined, maxSize: 8, minSize: 1 };
  const [small, large] = [2, 8].map((size) => rendered({ ...interactive, size }, { command: undefined }));
  expect(large?.template).toEqual(small?.template);
  expect(large?.manifests.slice(0, -1)).toEqual(small?.manifests.slice(0, -1));
  expect([small?.spec.completions, large?.spec.completions]).toEqual([2, 8]);
});

test('fields that are undefined are as if they were not there', () => {
  const input = { kubernetes: undefined, pod: { labels: undefined }, probes: undefined, fluxFrom: undefined };
  expect(rendered(input).manifests).toEqual(rendered().manifests);
});

test('the pods of a cluster that is called like the services of another one are selected by neither its Service nor its Deployment', () => {
  const services = rendered({ services: [{ image: 'redis:7', name: 'cache', ports: [6379] }] });
  const namesake = rendered({ network: { headlessName: 'other' } }, {}, { name: 'lmp-services' });
  const labels = templateOf(namesake.object('Job', 'lmp-services'))?.metadata.labels;
  expect(labels).not.toMatchObject(SERVICES);
  expect(services.object('Service', 'lmp-services').spec).toMatchObject({ selector: SERVICES });
});

test('a queue of Kueue in the labels holds the cluster back, not the Job that makes its certificate', () => {
  const labels = { 'kueue.x-k8s.io/queue-name': 'hpc', team: 'a' };
  const cluster = rendered({}, {}, { labels });
  const jobs = cluster.manifests.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.labels);
  expect(jobs).toEqual([{ team: 'a' }, labels]);
});
