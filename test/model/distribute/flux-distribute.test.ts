/** What is rendered for Flux on the nodes. */
import * as fc from 'fast-check';
import {
  FluxDistributeSpec,
  NodeCleanUp,
  fluxDistribute,
  fluxDistributeCleanUp,
} from '../../../src/model/distribute';
import { countOfCores, isCoreList } from '../../../src/model/distribute/cores';
import { FLUX_PAIRS, packagesOf } from '../../../src/model/packages/versions';
import { Manifest } from '../../../src/model/manifest';
import { BindingManifest, RoleManifest } from '../../../src/model/rbac';
import { checked } from '../../support/checked';

const NAMED = { name: 'flux', namespace: 'hpc' };
/** kubectl keeps an object in an annotation, and all annotations together have so many bytes. */
const ANNOTATIONS = 256 * 1024;

function render(spec: FluxDistributeSpec = {}, metadata = NAMED): readonly Manifest[] {
  return checked(fluxDistribute(metadata, spec));
}

function only(kind: string, manifests: readonly Manifest[], name = ''): Manifest {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name.includes(name));
  expect(found).toHaveLength(1);
  return found[0] as Manifest;
}

interface Pod {
  readonly containers: readonly {
    readonly image: string;
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly ports: readonly { readonly hostPort: number; readonly containerPort: number }[];
    readonly resources: { readonly requests: Readonly<Record<string, string>> };
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
  readonly [field: string]: unknown;
}

function podOf(manifest: Manifest): Pod {
  return (manifest.spec as { template: { spec: Pod } }).template.spec;
}

function pod(spec: FluxDistributeSpec = {}): Pod {
  return podOf(only('DaemonSet', render(spec)));
}

function settings(spec: FluxDistributeSpec, metadata = NAMED): Record<string, unknown> {
  const { data } = only('ConfigMap', render(spec, metadata), '-settings-');
  return JSON.parse(data?.['settings.json'] ?? '') as Record<string, unknown>;
}

test('the rights are those of nodes to look at, and of one Lease and one ConfigMap by name', () => {
  const certificate = 'flux-curve';
  const manifests = render().filter(({ metadata }) => metadata.name !== certificate);
  expect(
    manifests.filter(({ kind }) => kind === 'ClusterRole').map((role) => (role as RoleManifest).rules),
  ).toEqual([[{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }]]);
  expect(manifests.filter(({ kind }) => kind === 'Role').map((role) => (role as RoleManifest).rules)).toEqual(
    [
      [
        {
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          resourceNames: ['flux'],
          verbs: ['get', 'update', 'patch'],
        },
        {
          apiGroups: [''],
          resources: ['configmaps'],
          resourceNames: ['flux-membership'],
          verbs: ['get', 'list', 'watch', 'update', 'patch'],
        },
      ],
    ],
  );
  expect(only('Lease', manifests).metadata.name).toBe('flux');
  expect(only('ConfigMap', manifests, 'membership').data).toBeUndefined();
});

test('the account of the certificate may fill its Secret, and nothing else', () => {
  const role = only('Role', render(), 'flux-curve') as RoleManifest;
  expect(role.rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['flux-curve'], verbs: ['get', 'patch'] },
  ]);
  expect(render({ certificate: { secretName: 'keep' } }).map(({ kind }) => kind)).not.toContain('Secret');
});

test('the bindings name the account in its namespace, and the objects of the whole cluster are called after both', () => {
  const manifests = render({}, { name: 'mine', namespace: 'ops' });
  const binding = only('ClusterRoleBinding', manifests) as BindingManifest;
  expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'mine', namespace: 'ops' }]);
  expect(binding.metadata).toMatchObject({ name: 'flux-framework.org:distribute:ops:mine' });
  expect(binding.metadata).not.toHaveProperty('namespace');
  for (const { kind, metadata } of manifests) {
    if (!kind.startsWith('Cluster')) expect(metadata.namespace).toBe('ops');
  }
});

test('no certificate, no key and no proxy password is in any object', () => {
  const secrets = render().filter(({ kind }) => kind === 'Secret');
  expect(secrets.map(({ data }) => data)).toEqual([undefined]);
  expect(pod().volumes.find(({ name }) => name === 'certificate')).toEqual({
    name: 'certificate',
    secret: {
      secretName: 'flux-curve',
      items: [{ key: 'curve.cert', path: 'curve.cert' }],
      defaultMode: 0o400,
    },
  });
});

test('nothing has a floating version: the image has a digest, the packages versions, the installer a checksum', () => {
  const { flux } = settings({}) as { flux: Record<string, never> };
  expect(pod().containers[0]?.image).toMatch(/:[\d.]+-slim-bookworm@sha256:[0-9a-f]{64}$/);
  const { packages, micromamba } = flux as unknown as {
    packages: readonly string[];
    micromamba: Record<string, { url: string; sha256: string }>;
  };
  expect(packages.slice(0, 2)).toEqual(['flux-core=0.85.0', 'flux-sched=0.51.0']);
  for (const architecture of ['amd64', 'arm64'])
    expect(micromamba[architecture]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(render())).not.toContain(':latest');
});

test('the pods work on their node: its processes, its network, its folders under their own paths', () => {
  const { hostPID, hostNetwork, containers, volumes } = pod({
    directories: { installation: '/opt/hpc/flux' },
  });
  expect({ hostPID, hostNetwork }).toEqual({ hostPID: true, hostNetwork: true });
  const [supervisor] = containers;
  for (const [name, path] of [
    ['installation', '/opt/hpc/flux'],
    ['state', '/var/lib/flux-distribute/flux'],
    ['run', '/run/flux-distribute/flux'],
  ]) {
    expect(supervisor?.volumeMounts).toContainEqual({ name, mountPath: path });
    expect(volumes).toContainEqual({ name, hostPath: { path, type: 'DirectoryOrCreate' } });
  }
  expect(supervisor?.ports).toEqual([{ name: 'flux', containerPort: 8050, hostPort: 8050, protocol: 'TCP' }]);
});

test('what Flux books is requested from Kubernetes', () => {
  const requests = (spec: FluxDistributeSpec): unknown => pod(spec).containers[0]?.resources.requests;
  expect(requests({})).toEqual({ cpu: '100m', memory: '256Mi' });
  expect(requests({ cores: '0-3,8-11' })).toEqual({ cpu: '8', memory: '256Mi' });
  expect(requests({ cores: '0-3', threadsPerCore: 2 })).toEqual({ cpu: '8', memory: '256Mi' });
  expect(requests({ cores: '0-3', resources: { requests: { cpu: '1' } } })).toEqual({ cpu: '1' });
  expect(requests({ cores: '0-3', resources: { limits: { memory: '4Gi' } } })).toEqual({ cpu: '4' });
  expect(requests({ cores: '0-3', resources: { limits: { cpu: '4' } } })).toBeUndefined();
});

test('the pods go where the supervisors expect brokers: system, architecture, labels, tolerations, no control plane', () => {
  const tolerations = [{ key: 'hpc', operator: 'Exists' }];
  const spec = { nodeSelector: { pool: 'hpc' }, tolerations, architectures: ['arm64'] };
  const { nodeSelector, tolerations: tolerated, affinity } = pod(spec);
  const told = settings(spec);
  expect(nodeSelector).toEqual({ 'kubernetes.io/os': 'linux', pool: 'hpc' });
  expect(told.nodeSelector).toEqual(nodeSelector);
  expect(told.tolerations).toEqual(tolerated);
  expect(told.architectures).toEqual(['arm64']);
  expect(JSON.stringify(affinity)).toContain('"key":"kubernetes.io/arch","operator":"In","values":["arm64"]');
  expect(JSON.stringify(affinity)).toContain('node-role.kubernetes.io/control-plane');
  expect(JSON.stringify(pod({ controlPlane: true }).affinity)).not.toContain('node-role');
});

test('another option or another version rolls the pods, and the same input gives the same bytes', () => {
  const scriptsOf = (spec: FluxDistributeSpec): unknown => pod(spec).volumes[0];
  expect(scriptsOf({ settleSeconds: 30 })).not.toEqual(scriptsOf({}));
  expect(scriptsOf({ versions: { fluxCore: '0.84.0' } })).not.toEqual(scriptsOf({}));
  expect(JSON.stringify(render())).toBe(JSON.stringify(render()));
});

test('environments have another name whenever something else is installed in them', () => {
  const environment = (spec: FluxDistributeSpec): string =>
    (settings(spec).flux as { environment: string }).environment;
  const lock = (sum: string, layout = ''): string =>
    `${layout}https://c/flux-core-1-h1.conda#${sum.repeat(64)}${layout}`;
  const tarball = (sum: string): object => ({ path: '/a/flux.tgz', sha256: sum.repeat(64) });
  const all = [
    {},
    { versions: { fluxCore: '0.84.0' } },
    { locks: { amd64: lock('a'), arm64: lock('b') } },
    { locks: { amd64: lock('a'), arm64: lock('c') } },
    { tarballs: { amd64: tarball('a'), arm64: tarball('b') } },
    { tarballs: { amd64: tarball('a'), arm64: tarball('c') } },
    { prefix: '/usr' },
    { prefix: '/opt/flux' },
  ].map((spec) => environment(spec as FluxDistributeSpec));
  expect(new Set(all).size).toBe(all.length);
  expect(environment({ architectures: ['amd64'] })).toBe(environment({}));
  expect(environment({ locks: { amd64: lock('a', '\n'), arm64: lock('b') } })).toBe(all[2]);
  for (const name of all) expect(name).toMatch(/^[a-z0-9.-]{1,63}$/);
});

test('each object can be kept by kubectl apply, with the packages of two architectures too', () => {
  const lock = (subdir: string): string =>
    `@EXPLICIT\n${`https://conda.anaconda.org/conda-forge/${subdir}/flux-core-0.85.0-h0123456_0.conda#${'a'.repeat(64)}\n`.repeat(120)}`;
  for (const manifest of render({ locks: { amd64: lock('linux-64'), arm64: lock('linux-aarch64') } }))
    expect(JSON.stringify(manifest).length).toBeLessThan(ANNOTATIONS - 10_000);
});

test('the pods have all programs in one folder, with what these import and run', () => {
  const manifests = render();
  const sources = podOf(only('DaemonSet', manifests)).volumes[0] as unknown as {
    projected: { sources: readonly { configMap: { name: string } }[] };
  };
  const names = sources.projected.sources.map(({ configMap }) => configMap.name);
  const files = Object.assign(
    {},
    ...manifests.filter(({ metadata }) => names.includes(metadata.name)).map(({ data }) => data),
  ) as Record<string, string>;
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['settings.json', 'supervise.py', 'flux-connect', 'is-fresh', 'drain.sh']),
  );
  for (const text of Object.values(files)) {
    for (const [, module = ''] of text.matchAll(/^\s*(?:import|from) (distribute_\w+)/gm))
      expect(Object.keys(files)).toContain(`${module}.py`);
    for (const [, script = ''] of text.matchAll(/["'/](distribute_\w+\.py)["']/g))
      expect(Object.keys(files)).toContain(script);
  }
});

test('a pair of versions asks for packages by whole versions', () => {
  for (const pair of FLUX_PAIRS) {
    const [core, sched] = packagesOf(pair);
    expect([core, sched]).toEqual([`flux-core=${pair.fluxCore}`, `flux-sched=${pair.fluxSched}`]);
  }
});

test('a volume for the state is mounted in a folder of its own', () => {
  const { containers, volumes } = pod({ stateVolume: { name: 'data' } });
  const mountPath = '/flux-distribute/state-volume';
  expect(containers[0]?.volumeMounts).toContainEqual({
    name: 'state-volume',
    mountPath,
    subPath: 'flux-distribute-flux',
  });
  expect(volumes).toContainEqual({ name: 'state-volume', persistentVolumeClaim: { claimName: 'data' } });
  expect(settings({ stateVolume: { name: 'data' } }).stateVolume).toBe(mountPath);
});

test('pods get the time that jobs have to end, and more', () => {
  expect(pod({ drainSeconds: 600 }).terminationGracePeriodSeconds).toBeGreaterThan(600);
});

test('updates replace a share of the pods, a number of them, or wait for somebody to delete them', () => {
  const strategy = (spec: FluxDistributeSpec): unknown =>
    (only('DaemonSet', render(spec)).spec as { updateStrategy: unknown }).updateStrategy;
  expect(strategy({})).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } });
  expect(strategy({ updateStrategy: { maxUnavailable: '3' } })).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 3 },
  });
  expect(strategy({ updateStrategy: { type: 'OnDelete' } })).toEqual({ type: 'OnDelete' });
});

test('the clean-up gives each node one pod, and removes the state only if asked', () => {
  const clean = (withState: boolean): Manifest =>
    only(
      'Job',
      checked(fluxDistributeCleanUp(NAMED, { of: { nodeSelector: { pool: 'hpc' } }, nodes: 3, withState })),
    );
  const job = clean(false);
  expect(job.spec).toMatchObject({ completions: 3, parallelism: 3, completionMode: 'Indexed' });
  const { affinity, nodeSelector, containers, automountServiceAccountToken } = podOf(job);
  expect(nodeSelector).toMatchObject({ pool: 'hpc' });
  expect(JSON.stringify(affinity)).toContain('"topologyKey":"kubernetes.io/hostname"');
  expect(automountServiceAccountToken).toBe(false);
  const whatOf = (one: Manifest): unknown =>
    podOf(one).containers[0]?.env.find(({ name }) => name === 'CLEAN_UP')?.value;
  expect(containers[0]?.command.at(-1)).toMatch(/clean-up\.py$/);
  expect(whatOf(job)).toBe(NodeCleanUp.INSTALLATION);
  expect(whatOf(clean(true))).toBe(NodeCleanUp.EVERYTHING);
});

test('lists of cores are counted, and only ascending ones are lists', () => {
  const ranges = fc.uniqueArray(fc.nat(300), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(ranges, (numbers) => {
      const ascending = [...numbers].sort((a, b) => a - b);
      expect(isCoreList(ascending.join(','))).toBe(true);
      expect(countOfCores(ascending.join(','))).toBe(numbers.length);
      if (numbers.length > 1) expect(isCoreList([...ascending].reverse().join(','))).toBe(false);
    }),
  );
  expect(countOfCores('0-3,8,10-11')).toBe(7);
});
