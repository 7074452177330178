/** Volumes, containers and options of the pods. */
import { FluxFrom, MiniClusterJobInput, checkMiniClusterJob } from '../../../src/model/job';
import {
  CLUSTER,
  METADATA,
  RUNNER,
  mountsOf,
  rendered,
  variablesOf,
  withSidecars,
} from '../../support/job-cluster';
import { templateOf } from '../../support/pod-references';

test('each kind of volume is mounted in the container that says so and in no other', () => {
  const volumes = {
    claim: { claimName: 'data', path: '/claim', readOnly: true },
    config: { configMapName: 'settings', path: '/config', items: { 'a.cfg': 'conf/a.cfg' } },
    secret: { secretName: 'key', path: '/secret' },
    host: { hostPath: '/scratch', path: '/host' },
    shm: { emptyDir: true, emptyDirMedium: 'memory', emptyDirSizeLimit: '64Mi' },
    scratch: { emptyDir: true, path: '/scratch' },
    csi: { csiDriver: 'inline.example.org', csiDriverAttributes: { a: 'b' }, path: '/csi', readOnly: true },
  };
  const sources = {
    claim: { persistentVolumeClaim: { claimName: 'data' } },
    config: { configMap: { name: 'settings', items: [{ key: 'a.cfg', path: 'conf/a.cfg' }] } },
    secret: { secret: { secretName: 'key' } },
    host: { hostPath: { path: '/scratch', type: 'Directory' } },
    shm: { emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    scratch: { emptyDir: {} },
    csi: { csi: { driver: 'inline.example.org', volumeAttributes: { a: 'b' }, readOnly: true } },
  };
  const paths = { ...volumes, shm: { path: '/dev/shm' } } as Record<string, { path: string }>;
  for (const key of Object.keys(volumes) as (keyof typeof volumes)[]) {
    const cluster = withSidecars([
      { image: 'redis:7', name: 'first', ports: [6379] },
      { image: 'redis:7', name: 'second', volumes: { [key]: volumes[key] } },
    ]);
    expect(cluster.volume(key)).toEqual({ name: key, ...sources[key] });
    const mount = cluster.container('second').volumeMounts?.find(({ name }) => name === key);
    expect(mount?.mountPath).toBe(paths[key]?.path);
    expect(mount?.readOnly).toBe((volumes[key] as { readOnly?: boolean }).readOnly);
    for (const name of ['lmp', 'first', 'flux-view']) {
      const mounts = cluster.container(name).volumeMounts ?? [];
      expect(mounts.map((one) => one.name)).not.toContain(key);
    }
  }
});

test('one key is one volume for all containers that mean the same, and two for two sources', () => {
  const cluster = withSidecars([
    { image: 'a:1', name: 'same', volumes: { data: { claimName: 'data', path: '/elsewhere' } } },
    { image: 'a:1', name: 'other', volumes: { data: { claimName: 'other', path: '/data' } } },
  ]);
  const [first] = cluster.pod.containers;
  expect(first?.volumeMounts?.map(({ name }) => name)).not.toContain('data');
  expect(mountsOf(cluster.container('same'))['/elsewhere']).toBe('data');
  expect(mountsOf(cluster.container('other'))['/data']).toBe('data-2');
  expect(cluster.volume('data')).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data' } });
  expect(cluster.volume('data-2')).toEqual({
    name: 'data-2',
    persistentVolumeClaim: { claimName: 'other' },
  });
});

test('objects stand for their names, of volumes, pull secrets, service accounts and the certificate', () => {
  const cluster = rendered(
    {
      pod: { serviceAccount: { name: 'account' } },
      certificate: { secret: { name: 'mine' }, key: 'a.cert' },
      silence: [{ code: 'MC038', reason: 'no API' }],
    },
    { pullSecret: { name: 'registry' }, volumes: { data: { claim: { name: 'claim' }, path: '/data' } } },
  );
  expect(cluster.pod).toMatchObject({
    serviceAccountName: 'account',
    imagePullSecrets: [{ name: 'registry' }],
  });
  expect(cluster.volume('data')).toMatchObject({ persistentVolumeClaim: { claimName: 'claim' } });
  expect(cluster.volume('flux-certificate')).toMatchObject({ secret: { secretName: 'mine' } });
});

test('a sidecar with a command runs through the script, one without it keeps the start of its image', () => {
  const cluster = withSidecars([
    { image: 'redis:7', name: 'plain', environment: { A: '1' }, ports: [6379] },
    {
      image: 'redis:7',
      name: 'wrapped',
      command: 'redis-server --port 1',
      commands: { init: 'a', servicePre: 'b', post: 'c' },
    },
  ]);
  expect(cluster.container('plain').command).toBeUndefined();
  expect(cluster.container('plain').env).toEqual([{ name: 'A', value: '1' }]);
  expect(cluster.container('wrapped').command).toEqual(['/bin/bash', '/flux-scripts/sidecar.sh']);
  expect(variablesOf(cluster.container('wrapped'))).toMatchObject({
    MINICLUSTER_ROOT: '/mnt/flux',
    MINICLUSTER_SIDECAR: '2',
  });
  expect(cluster.files).toMatchObject({
    'sidecar-2-init.sh': 'a',
    'sidecar-2-service-pre.sh': 'b',
    'sidecar-2-command.sh': 'redis-server --port 1',
    'sidecar-2-post.sh': 'c',
  });
  expect(Object.keys(cluster.files)).toContain('sidecar.sh');
  expect(cluster.object('Service', 'plain').spec).toEqual({
    selector: { 'batch.kubernetes.io/job-name': 'lmp' },
    ports: [{ name: 'port-6379', port: 6379, targetPort: 6379, protocol: 'TCP' }],
  });
  const waits = (flux: object): string | undefined =>
    variablesOf(withSidecars([{ image: 'a:1', name: 'b', command: 'c' }], { flux }).container('b'))
      .MINICLUSTER_NO_WAIT;
  expect([waits({ ...CLUSTER.flux }), waits({ ...CLUSTER.flux, noWaitSocket: true })]).toEqual([
    undefined,
    'true',
  ]);
});

test('a native sidecar starts after the view is there, before Flux, and an ordinary one beside it', () => {
  const cluster = withSidecars(
    [
      { image: 'redis:7', name: 'native', restartPolicy: 'Always', command: 'redis-server' },
      { image: 'redis:7', name: 'ordinary' },
    ],
    { kubernetes: '1.29' },
  );
  expect(cluster.pod.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
    ['flux-view', undefined],
    ['native', 'Always'],
  ]);
  expect(cluster.pod.containers.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
    ['lmp', undefined],
    ['ordinary', undefined],
  ]);
  expect(cluster.container('native').command).toEqual(['/bin/bash', '/flux-scripts/sidecar.sh']);
});

test('the certificate of the brokers is mounted in the container that runs Flux alone', () => {
  const cluster = withSidecars(
    [
      { image: 'redis:7', name: 'native', restartPolicy: 'Always', command: 'redis-server' },
      { image: 'redis:7', name: 'ordinary', command: 'redis-server' },
    ],
    { kubernetes: '1.29' },
  );
  const { containers, initContainers = [] } = cluster.pod;
  const owners = [...initContainers, ...containers].filter((one) => '/flux-certificate' in mountsOf(one));
  expect(owners.map(({ name }) => name)).toEqual(['lmp']);
  expect(cluster.volume('flux-certificate')).toEqual({
    name: 'flux-certificate',
    secret: { secretName: 'lmp-curve', items: [{ key: 'curve.cert', path: 'curve.cert' }] },
  });
});

test('pods prefer nodes of their own, refuse to share one, or do not care', () => {
  const affinity = (
    input: Partial<MiniClusterJobInput>,
  ): Record<string, Record<string, unknown>> | undefined => rendered(input).pod.affinity as never;
  const term = {
    labelSelector: { matchLabels: { 'batch.kubernetes.io/job-name': 'lmp' } },
    topologyKey: 'kubernetes.io/hostname',
  };
  expect(affinity({})?.podAntiAffinity).toEqual({
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
  });
  expect(affinity({ onePodPerNode: true })?.podAntiAffinity).toEqual({
    requiredDuringSchedulingIgnoredDuringExecution: [term],
  });
  const silence = [{ code: 'MJ017', reason: 'tried out' }];
  expect(affinity({ network: { disableAffinity: true }, silence })).toBeUndefined();
  const pod = { nodeAffinity: { zone: ['a', 'b'] } };
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] }],
    },
  };
  expect(affinity({ network: { disableAffinity: true }, pod, silence })).toEqual({ nodeAffinity });
  expect(affinity({ pod })).toMatchObject({ nodeAffinity, podAntiAffinity: {} });
});

test('Flux from the image needs no view: no init container, and nothing at /opt', () => {
  const cluster = rendered({ flux: {}, fluxFrom: FluxFrom.IMAGE });
  expect(cluster.pod.initContainers).toBeUndefined();
  expect(Object.keys(mountsOf(cluster.flux))).toEqual([
    '/mnt/flux',
    '/flux-scripts',
    '/home/flux-operator',
    '/flux-certificate',
  ]);
  expect(Object.keys(cluster.files)).not.toContain('copy-view.sh');
  const disabled = rendered({ flux: { container: { disable: true } } });
  expect(disabled.template).toEqual(cluster.template);
});

test('the view is copied by an init container that sees the shared folder and the scripts, and no Secret', () => {
  const securityContext = { runAsUser: 1000 };
  const cluster = rendered({
    flux: {
      container: {
        image: 'view:2',
        pullAlways: true,
        imagePullSecret: 'registry',
        resources: { limits: { memory: '1Gi' } },
        securityContext,
        workingDir: '/tmp',
      },
    },
  });
  expect(cluster.pod.initContainers).toEqual([
    {
      name: 'flux-view',
      image: 'view:2',
      imagePullPolicy: 'Always',
      command: ['/bin/bash', '/flux-scripts/copy-view.sh'],
      env: [
        { name: 'MINICLUSTER_ROOT', value: '/mnt/flux' },
        { name: 'MINICLUSTER_SOFTWARE', value: '/flux-software' },
      ],
      workingDir: '/tmp',
      resources: { limits: { memory: '1Gi' } },
      securityContext,
      volumeMounts: [
        { name: 'flux-view', mountPath: '/mnt/flux' },
        { name: 'spack-software', mountPath: '/flux-software' },
        { name: 'flux-scripts', mountPath: '/flux-scripts', readOnly: true },
      ],
    },
  ]);
  expect(mountsOf(cluster.flux)['/opt/software']).toBe('spack-software');
  expect(Object.keys(cluster.files)).toContain('copy-view.sh');
  expect(cluster.pod.imagePullSecrets).toEqual([{ name: 'registry' }]);
});

test('the view is mounted from its image, read-only, at the paths that its programs have in them', () => {
  const cluster = rendered({ fluxFrom: FluxFrom.VIEW_VOLUME, kubernetes: '1.35' });
  expect(cluster.volume('flux-view-image')).toEqual({
    name: 'flux-view-image',
    image: { reference: 'view:1', pullPolicy: 'IfNotPresent' },
  });
  expect(cluster.flux.volumeMounts).toEqual(
    expect.arrayContaining([
      { name: 'flux-view-image', mountPath: '/opt/software', subPath: 'opt/software', readOnly: true },
      { name: 'flux-view-image', mountPath: '/opt/views', subPath: 'opt/views', readOnly: true },
    ]),
  );
  expect(cluster.pod.initContainers).toBeUndefined();
  expect(Object.keys(cluster.files)).not.toContain('copy-view.sh');
});

test('probes ask Flux whether it has started and whether it answers, and are off by default', () => {
  const { flux, files } = rendered({ probes: true });
  expect(flux).toMatchObject({
    startupProbe: { exec: { command: ['/bin/bash', '/flux-scripts/probe.sh', 'started'] } },
    livenessProbe: { exec: { command: ['/bin/bash', '/flux-scripts/probe.sh', 'alive'] } },
  });
  expect(Object.keys(files)).toContain('probe.sh');
  expect(rendered().flux).not.toHaveProperty('startupProbe');
  expect(Object.keys(rendered().files)).not.toContain('probe.sh');
});

test('every option of the pods is passed on whole', () => {
  const pod = {
    serviceAccountName: 'account',
    automountServiceAccountToken: true,
    runtimeClassName: 'nvidia',
    schedulerName: 'fluence',
    nodeSelector: { pool: 'hpc' },
    tolerations: [{ key: 'hpc', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }],
    dnsPolicy: 'ClusterFirstWithHostNet',
    hostIPC: true,
    securityContext: {
      runAsUser: 1000,
      runAsGroup: 1000,
      runAsNonRoot: true,
      fsGroup: 1000,
      fsGroupChangePolicy: 'OnRootMismatch',
      supplementalGroups: [5],
      seccompProfile: { type: 'RuntimeDefault' },
      sysctls: [{ name: 'net.core.somaxconn', value: '1024' }],
    },
  };
  const cluster = rendered({ pod, shareProcessNamespace: true });
  expect(cluster.pod).toMatchObject({ ...pod, shareProcessNamespace: true });
  expect(rendered({ pod: { hostPID: true } }).pod).toMatchObject({ hostPID: true });
  const plain = Object.keys(rendered().pod);
  expect(plain.sort()).toEqual(
    [
      'affinity',
      'automountServiceAccountToken',
      'containers',
      'initContainers',
      'restartPolicy',
      'subdomain',
      'terminationGracePeriodSeconds',
      'volumes',
    ].sort(),
  );
});

test('every option of a container is passed on whole, and no container has more rights than asked', () => {
  const securityContext = {
    runAsUser: 1000,
    capabilities: { add: ['SYS_PTRACE'] },
    readOnlyRootFilesystem: true,
  };
  const own = {
    image: 'a:1',
    workingDir: '/job',
    pullAlways: true,
    resources: { limits: { cpu: '2', 'nvidia.com/gpu': '1' }, requests: { memory: '1Gi' } },
    securityContext,
  };
  const cluster = rendered({
    services: [{ ...own, name: 'service' }],
    containers: [
      { ...RUNNER, ...own, runFlux: true },
      { ...own, name: 'side' },
    ],
  });
  const expected = { ...own, pullAlways: undefined, imagePullPolicy: 'Always' };
  const service = templateOf(cluster.object('Deployment', 'lmp-services'))?.spec.containers[0];
  for (const container of [cluster.flux, cluster.container('side'), service]) {
    for (const [field, value] of Object.entries(expected)) expect(container?.[field]).toEqual(value);
  }
  // Only the container that was asked for has rights; the others have none, or fewer than the image.
  for (const template of rendered().manifests.map(templateOf)) {
    for (const { securityContext: rights } of [
      ...(template?.spec.containers ?? []),
      ...(template?.spec.initContainers ?? []),
    ]) {
      expect(rights?.privileged).toBeUndefined();
      expect(rights?.capabilities ?? { drop: ['ALL'] }).toEqual({ drop: ['ALL'] });
    }
  }
  expect(rendered().flux.securityContext).toBeUndefined();
});

test('hooks of the kubelet are programs where they are one word, and texts for a shell where they are more', () => {
  const lifeCycle = { preStopExec: 'flux shutdown "a b"', postStartExec: '/opt/started' };
  expect(rendered({}, { lifeCycle }).flux.lifecycle).toEqual({
    preStop: { exec: { command: ['/bin/bash', '-c', 'flux shutdown "a b"'] } },
    postStart: { exec: { command: ['/opt/started'] } },
  });
  const sidecar = withSidecars([{ image: 'redis:7', name: 'cache', lifeCycle }]).container('cache');
  expect(sidecar.lifecycle).toMatchObject({
    preStop: { exec: { command: ['/bin/sh', '-c', 'flux shutdown "a b"'] } },
  });
});

test('secrets reach containers by reference, before the variables that may refer to them', () => {
  const { flux } = rendered(
    {},
    { environment: { URL: 'https://$(TOKEN)@x' }, secrets: { TOKEN: { name: 's', key: 'k' } } },
  );
  expect(flux.env?.slice(-2)).toEqual([
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    { name: 'URL', value: 'https://$(TOKEN)@x' },
  ]);
});

test('a secret key in the spec is refused, and no message shows it', () => {
  const flux = { ...CLUSTER.flux, curveCert: 'my-secret-key' };
  const problems = checkMiniClusterJob(METADATA, { ...CLUSTER, flux });
  expect(problems.map(({ code }) => code)).toEqual(['MJ014']);
  expect(JSON.stringify(problems)).not.toContain('my-secret-key');
});
