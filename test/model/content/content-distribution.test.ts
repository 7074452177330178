/** What is rendered for the distribution of content. */
import { ContentDistributionSpec, contentDistribution } from '../../../src/model/content';
import { Manifest } from '../../../src/model/manifest';
import { checked } from '../../support/checked';

const NAMED = { name: 'lammps', namespace: 'hpc' };
const IMAGE = 'ghcr.io/rse-ops/lammps:1.0';

function render(spec: Partial<ContentDistributionSpec> = {}): readonly Manifest[] {
  return checked(contentDistribution(NAMED, { through: { name: 'flux' }, images: [IMAGE], ...spec }));
}

function settings(spec: Partial<ContentDistributionSpec>): Record<string, unknown> {
  const found = render(spec).find(({ metadata }) => metadata.name.includes('-settings-'));
  return JSON.parse(found?.data?.['settings.json'] ?? '') as Record<string, unknown>;
}

interface Pod {
  readonly containers: readonly {
    readonly command: readonly string[];
    readonly volumeMounts: readonly object[];
  }[];
  readonly volumes: readonly object[];
  readonly [field: string]: unknown;
}

function pod(spec: Partial<ContentDistributionSpec> = {}): Pod {
  return (render(spec).at(-1)?.spec as { template: { spec: Pod } }).template.spec;
}

test('it is a Job that is called after what it does, or with keep a Deployment of one pod', () => {
  const [once, other, kept] = [render(), render({ images: [`${IMAGE}-2`] }), render({ keep: true })].map(
    (all) => all.at(-1),
  );
  expect(once).toMatchObject({ kind: 'Job', spec: { activeDeadlineSeconds: 3600 } });
  expect(once?.metadata.name).toMatch(/^lammps-[0-9a-f]{8}$/);
  expect(other?.metadata.name).not.toBe(once?.metadata.name);
  expect(kept).toMatchObject({
    kind: 'Deployment',
    metadata: { name: 'lammps' },
    spec: { replicas: 1, strategy: { type: 'Recreate' } },
  });
  expect(render()).toEqual(render());
});

test('its pod runs on the nodes of the Flux that carries it, without a token of Kubernetes', () => {
  const spec = {
    nodeSelector: { pool: 'hpc' },
    tolerations: [{ operator: 'Exists' }],
    architectures: ['arm64'],
  };
  const { nodeSelector, tolerations, affinity, hostPID, hostNetwork, automountServiceAccountToken } = pod({
    through: { name: 'flux', spec },
  });
  expect({ hostPID, hostNetwork, automountServiceAccountToken }).toEqual({
    hostPID: true,
    hostNetwork: undefined,
    automountServiceAccountToken: false,
  });
  expect(nodeSelector).toEqual({ 'kubernetes.io/os': 'linux', pool: 'hpc' });
  expect(tolerations).toEqual(spec.tolerations);
  expect(JSON.stringify(affinity)).toContain('"values":["arm64"]');
  expect(render().map(({ kind }) => kind)).toEqual(['ConfigMap', 'ConfigMap', 'Job']);
});

test('the program is told the folders of the Flux, and numbers instead of quantities', () => {
  const through = { name: 'mine', spec: { directories: { run: '/run/hpc/flux' } } };
  expect(settings({ through, bandwidth: '100M', parallelism: 8, nodes: 'node-[0-3]' })).toMatchObject({
    name: 'lammps',
    directory: '/opt/flux-distribute/mine',
    stateDirectory: '/var/lib/flux-distribute/mine',
    runDirectory: '/run/hpc/flux',
    images: [IMAGE],
    files: [],
    bytesPerSecond: 100_000_000,
    parallelism: 8,
    nodes: 'node-[0-3]',
    keep: false,
    containerd: { namespace: 'k8s.io' },
  });
});

test('the proxy is that of the Flux unless another one is given', () => {
  const through = { name: 'flux', spec: { proxy: { https: 'http://proxy:3128' } } };
  expect(settings({ through }).proxy).toEqual({ https: 'http://proxy:3128' });
  expect(settings({ through, proxy: {} }).proxy).toEqual({});
});

test('a Secret for the registries is mounted for root alone, and its content is in no object', () => {
  const { volumes, containers } = pod({ imagePullSecret: { name: 'registry' } });
  expect(volumes).toContainEqual({ name: 'pull', secret: { secretName: 'registry', defaultMode: 0o400 } });
  expect(containers[0]?.volumeMounts).toContainEqual({
    name: 'pull',
    mountPath: '/flux-distribute/pull',
    readOnly: true,
  });
  expect(settings({ imagePullSecret: { name: 'registry' } }).pullSecret).toBe(true);
  expect(settings({}).pullSecret).toBeUndefined();
});

test('checksums are told in one way', () => {
  const file = { url: 'https://example.com/a', sha256: 'A'.repeat(64), target: '/data/a' };
  expect(settings({ files: [file] }).files).toEqual([{ ...file, sha256: 'a'.repeat(64) }]);
});
