import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import crd from '../../../src/model/minicluster/api/generated/v1alpha2.crd.json';
import {
  FLUX_OPERATOR_RULES,
  FluxOperatorMetadata,
  FluxOperatorSpec,
  fluxOperator,
} from '../../../src/model/flux-operator';
import { InvalidSpecError } from '../../../src/model/problems';
import { Manifest } from '../../../src/model/manifest';
import {
  CLUSTER_RIGHTS,
  LEADER_ELECTION_RIGHTS,
  OWNER_REFERENCE_RIGHTS,
  Right,
} from '../../../src/model/flux-operator/rights';
import { checked } from '../../support/checked';

const IMAGE = `ghcr.io/flux-framework/flux-operator@sha256:${'a'.repeat(64)}`;
const ARM = `ghcr.io/flux-framework/flux-operator@sha256:${'b'.repeat(64)}`;
const SPEC: FluxOperatorSpec = { images: { amd64: IMAGE } };

function render(spec: FluxOperatorSpec = SPEC, metadata?: FluxOperatorMetadata): Manifest[] {
  return checked(fluxOperator(metadata, spec));
}

/** An object as a reader of its YAML sees it. */
type Rendered = ReturnType<typeof JSON.parse>;

function ofKind(manifests: readonly Manifest[], kind: string): Rendered[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The codes and paths of what is wrong. */
function problemsOf(spec: unknown, metadata?: unknown): string[] {
  try {
    fluxOperator(metadata as FluxOperatorMetadata, spec as FluxOperatorSpec);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSpecError);
    return (error as InvalidSpecError).problems.map(({ code, path }) => `${code} ${path}`);
  }
}

test('the manifests, without the definition, are these', () => {
  const manifests = render({ images: { amd64: IMAGE, arm64: ARM }, replicas: 2 });
  expect(manifests.filter(({ kind }) => kind !== 'CustomResourceDefinition')).toMatchSnapshot();
});

test('the same input gives the same bytes', () => {
  expect(JSON.stringify(render())).toBe(JSON.stringify(render()));
});

test('the definition is the one produced from the types', () => {
  const [definition] = ofKind(render(), 'CustomResourceDefinition');
  expect(definition.spec).toEqual(crd.spec);
  expect(definition.metadata.name).toBe('miniclusters.flux-framework.org');
});

/** Each right that a list grants, by itself. */
function granted(rights: readonly Right[]): string[] {
  return rights
    .flatMap(({ apiGroup, resource, resourceName = '*', verbs }) =>
      verbs.map((verb) => `${apiGroup} ${resource} ${resourceName} ${verb}`),
    )
    .sort();
}

/** Each right that the rules of a role grant, by itself. */
function grantedBy(role: { readonly rules: readonly Rendered[] }): string[] {
  return role.rules
    .flatMap((rule) =>
      granted(
        rule.resources.map((resource: string) => ({
          apiGroup: rule.apiGroups.join(),
          resource,
          resourceName: rule.resourceNames?.join(),
          verbs: rule.verbs,
          why: '',
        })),
      ),
    )
    .sort();
}

test('the roles grant what the table says, once each, and no more', () => {
  const manifests = render();
  expect(grantedBy(ofKind(manifests, 'ClusterRole')[0])).toEqual(granted(CLUSTER_RIGHTS));
  expect(grantedBy(ofKind(manifests, 'Role')[0])).toEqual(granted(LEADER_ELECTION_RIGHTS));
  for (const rights of [CLUSTER_RIGHTS, LEADER_ELECTION_RIGHTS]) {
    expect(new Set(granted(rights)).size).toBe(granted(rights).length);
  }
});

test('no right reaches further than a verb on a resource', () => {
  const all = [...CLUSTER_RIGHTS, ...LEADER_ELECTION_RIGHTS, ...OWNER_REFERENCE_RIGHTS];
  expect(all.flatMap(({ verbs }) => verbs)).not.toContain('*');
  const resources = all.map(({ resource }) => resource);
  expect(resources).not.toContain('*');
  expect(resources).not.toContain('pods/exec');
  const onSecrets = CLUSTER_RIGHTS.filter(({ resource }) => resource === 'secrets');
  expect(onSecrets.flatMap(({ verbs }) => verbs)).toEqual(['list', 'watch']);
});

test('the page has the table of rights, row by row', () => {
  const page = readFileSync(join(__dirname, '../../../docs/flux-operator.md'), 'utf8');
  const rowsBelow = (heading: string): string[] =>
    (page.split(`\n### ${heading}\n`)[1] ?? '')
      .split('\n#')[0]!
      .split('\n')
      .filter((line) => /^\| [^-]/.test(line))
      .slice(1)
      .map((line) => line.replace(/\s+/g, ' '));
  const rows = (rights: readonly Right[]): string[] =>
    rights.map(({ apiGroup, resource, resourceName, verbs, why }) => {
      const name = resourceName === undefined ? '' : ` \`${resourceName}\``;
      return `| ${apiGroup || 'core'} | \`${resource}\`${name} | ${verbs.join(', ')} | ${why} |`;
    });
  expect(rowsBelow('In every namespace')).toEqual(rows(CLUSTER_RIGHTS));
  expect(rowsBelow('In its own namespace')).toEqual(rows(LEADER_ELECTION_RIGHTS));
  expect(rowsBelow('With OwnerReferencesPermissionEnforcement')).toEqual(rows(OWNER_REFERENCE_RIGHTS));
});

test('the page has every rule', () => {
  const page = readFileSync(join(__dirname, '../../../docs/flux-operator.md'), 'utf8').replace(/\s+/g, ' ');
  for (const { code, title, consequence } of FLUX_OPERATOR_RULES) {
    expect(page).toContain(`| ${code} | ${title} | ${consequence} |`);
  }
});

test('the bindings give the roles to the account that the pods run as', () => {
  const manifests = render(SPEC, { name: 'mine', namespace: 'ops' });
  const subjects = [{ kind: 'ServiceAccount', name: 'mine', namespace: 'ops' }];
  for (const kind of ['ClusterRole', 'Role']) {
    const [binding] = ofKind(manifests, `${kind}Binding`);
    expect(binding.subjects).toEqual(subjects);
    expect(binding.roleRef).toEqual({
      apiGroup: 'rbac.authorization.k8s.io',
      kind,
      name: ofKind(manifests, kind)[0].metadata.name,
    });
  }
  expect(ofKind(manifests, 'Deployment')[0].spec.template.spec.serviceAccountName).toBe('mine');
  expect(ofKind(manifests, 'ServiceAccount')[0].metadata).toMatchObject({ name: 'mine', namespace: 'ops' });
});

test('without leader election nothing of it is left, and an update stops the old pod first', () => {
  const manifests = render({ ...SPEC, leaderElection: false });
  expect(ofKind(manifests, 'Role')).toEqual([]);
  expect(ofKind(manifests, 'RoleBinding')).toEqual([]);
  const { spec } = ofKind(manifests, 'Deployment')[0];
  expect(spec.strategy).toEqual({ type: 'Recreate' });
  expect(spec.template.spec.containers[0].args).not.toContain('--leader-elect');
});

test('the right on finalizers is granted only where it is asked for', () => {
  const granting = (spec: FluxOperatorSpec): string[] => grantedBy(ofKind(render(spec), 'ClusterRole')[0]);
  const extra = granted(OWNER_REFERENCE_RIGHTS);
  expect(granting(SPEC)).not.toEqual(expect.arrayContaining(extra));
  expect(granting({ ...SPEC, ownerReferencesPermissionEnforcement: true })).toEqual(
    expect.arrayContaining(extra),
  );
});

test('each architecture has a Deployment that runs its image on its nodes and selects its own pods', () => {
  const deployments = ofKind(render({ images: { amd64: IMAGE, arm64: ARM } }), 'Deployment');
  expect(
    deployments.map(({ metadata, spec }) => [
      metadata.name,
      spec.template.spec.containers[0].image,
      spec.template.spec.nodeSelector['kubernetes.io/arch'],
    ]),
  ).toEqual([
    ['flux-operator-amd64', IMAGE, 'amd64'],
    ['flux-operator-arm64', ARM, 'arm64'],
  ]);
  const [amd64, arm64] = deployments.map(({ spec }) => spec.selector.matchLabels);
  expect(amd64).not.toEqual(arm64);
});

test('the metrics Service selects the pods of every Deployment', () => {
  const manifests = render({ images: { amd64: IMAGE, arm64: ARM } });
  const [{ spec }] = ofKind(manifests, 'Service');
  for (const deployment of ofKind(manifests, 'Deployment')) {
    const { metadata, spec: pod } = deployment.spec.template;
    expect(metadata.labels).toMatchObject(spec.selector);
    const names = pod.containers[0].ports.map(({ name }: { name: string }) => name);
    expect(names).toContain(spec.ports[0].targetPort);
  }
});

test('options of the pods reach them', () => {
  const options = {
    resources: { limits: { memory: '2Gi' } },
    tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
    priorityClassName: 'system-cluster-critical',
    imagePullSecrets: [{ name: 'registry' }],
  };
  const [{ spec }] = ofKind(
    render({ ...SPEC, ...options, replicas: 3, nodeSelector: { pool: 'a' } }),
    'Deployment',
  );
  const { resources, ...rest } = options;
  expect(spec.replicas).toBe(3);
  expect(spec.template.spec).toMatchObject({
    ...rest,
    nodeSelector: { pool: 'a', 'kubernetes.io/arch': 'amd64' },
  });
  expect(spec.template.spec.containers[0].resources).toEqual(resources);
});

test('labels and annotations reach every object, and never the labels that select pods', () => {
  const metadata = { labels: { team: 'a', 'app.kubernetes.io/name': 'other' }, annotations: { note: 'b' } };
  for (const { metadata: written } of render(SPEC, metadata)) {
    expect(written.labels).toMatchObject({ team: 'a', 'app.kubernetes.io/name': 'flux-operator' });
    expect(written.annotations).toEqual({ note: 'b' });
  }
});

test('an existing namespace is not rendered', () => {
  expect(ofKind(render({ ...SPEC, createNamespace: false }), 'Namespace')).toEqual([]);
  const [namespace] = ofKind(render(SPEC, { namespace: 'ops' }), 'Namespace');
  expect(namespace.metadata.name).toBe('ops');
});

test('an object with a name is enough for a pull secret, whatever else it has', () => {
  const secret = { name: 'registry', node: {} };
  const [{ spec }] = ofKind(render({ ...SPEC, imagePullSecrets: [secret] }), 'Deployment');
  expect(spec.template.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
});

test('without arguments the error is one, and names the image', () => {
  expect(() => fluxOperator()).toThrow(
    /^FluxOperator is not valid:\n {2}- images must name an image of the operator .*sha256:.* \(FO001\)\n/,
  );
  expect(problemsOf(undefined)).toEqual(['FO001 images']);
});

test.each([
  'ghcr.io/flux-framework/flux-operator',
  'ghcr.io/flux-framework/flux-operator:v0.2.1',
  `ghcr.io/flux-framework/flux-operator@sha256:${'a'.repeat(63)}`,
  `ghcr.io/flux-framework/flux-operator@sha256:${'A'.repeat(64)}`,
  `@sha256:${'a'.repeat(64)}`,
  7,
  null,
])('%s is no image by digest', (image) => {
  expect(problemsOf({ images: { amd64: image } })).toEqual(['FO002 images.amd64']);
});

test('a tag before the digest is kept', () => {
  const image = `ghcr.io/flux-framework/flux-operator:v0.2.1@sha256:${'a'.repeat(64)}`;
  const [{ spec }] = ofKind(render({ images: { arm64: image } }), 'Deployment');
  expect(spec.template.spec.containers[0].image).toBe(image);
});

test.each([
  [{ ...SPEC, replicas: 0 }, 'FO004 replicas'],
  [{ ...SPEC, replicas: '2' }, 'FO004 replicas'],
  [{ ...SPEC, leaderElection: 'false' }, 'FO004 leaderElection'],
  [{ ...SPEC, resources: { limits: { memory: 512 } } }, 'FO004 resources'],
  [{ ...SPEC, resources: { limits: { memory: '-1Gi' } } }, 'FO004 resources'],
  [{ ...SPEC, resources: { limit: {} } }, 'FO004 resources'],
  [{ ...SPEC, nodeSelector: { pool: 1 } }, 'FO004 nodeSelector'],
  [{ ...SPEC, tolerations: [{ keys: 'a' }] }, 'FO004 tolerations'],
  [{ ...SPEC, imagePullSecrets: ['registry'] }, 'FO004 imagePullSecrets'],
  [{ ...SPEC, priorityClassName: '' }, 'FO004 priorityClassName'],
  [{ ...SPEC, image: IMAGE }, 'FO003 image'],
  [{ ...SPEC, constructor: {} }, 'FO003 constructor'],
  [{ images: { amd64: IMAGE, ppc64le: IMAGE } }, 'FO003 images.ppc64le'],
  [{ images: IMAGE }, 'FO004 images'],
  [{ ...SPEC, replicas: 2, leaderElection: false }, 'FO006 leaderElection'],
  [{ images: { amd64: IMAGE, arm64: ARM }, leaderElection: false }, 'FO006 leaderElection'],
  [{ ...SPEC, nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, "FO007 nodeSelector['kubernetes.io/arch']"],
])('a spec that can not work is refused: %j', (spec, problem) => {
  expect(problemsOf(spec)).toEqual([problem]);
});

test.each([
  [{ name: 'Operator' }, 'FO005 metadata.name'],
  [{ name: '1st' }, 'FO005 metadata.name'],
  [{ name: 'a'.repeat(48) }, 'FO005 metadata.name'],
  [{ name: '' }, 'FO004 metadata.name'],
  [{ namespace: 'my_ops' }, 'FO005 metadata.namespace'],
  [{ labels: { a: true } }, 'FO004 metadata.labels'],
  [{ finalizers: [] }, 'FO003 metadata.finalizers'],
  ['flux-operator', 'FO004 metadata'],
])('metadata that can not work is refused: %j', (metadata, problem) => {
  expect(problemsOf(SPEC, metadata)).toEqual([problem]);
});

test('the longest name fits', () => {
  expect(() => render({ images: { amd64: IMAGE, arm64: ARM } }, { name: 'a'.repeat(47) })).not.toThrow();
});

test('namespaces of Kubernetes itself are refused, unless the operator leaves them as they are', () => {
  for (const namespace of ['default', 'kube-system', 'openshift-operators']) {
    expect(() => fluxOperator({ namespace }, { ...SPEC })).toThrow('(FO010)');
    expect(() => fluxOperator({ namespace }, { ...SPEC, createNamespace: false })).not.toThrow();
  }
});

test('what callers change in the manifests, or in what they gave, reaches no other manifest', () => {
  const resources = { limits: { memory: '1Gi' } };
  const first = fluxOperator({}, { ...SPEC, resources });
  const text = JSON.stringify(first);
  (first[1] as unknown as { spec: { versions: { name: string }[] } }).spec.versions[0]!.name = 'changed';
  expect(JSON.stringify(fluxOperator({}, { ...SPEC, resources }))).toBe(text);
  const second = fluxOperator({}, { ...SPEC, resources });
  resources.limits.memory = '2Gi';
  expect(JSON.stringify(second)).toBe(text);
});

test('selectors with empty values and quantities of any form are taken', () => {
  const nodeSelector = { 'node-role.kubernetes.io/control-plane': '' };
  const tolerations = [
    { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' },
    { operator: 'Exists' },
  ];
  const resources = { limits: { memory: '.5Gi', cpu: '+1' } };
  checked(fluxOperator({}, { ...SPEC, nodeSelector, tolerations, resources }));
});

test.each<[string, object]>([
  ['replicas', { replicas: 2 ** 31 }],
  ['nodeSelector', { nodeSelector: { 'x y': 'z' } }],
  ['nodeSelector', { nodeSelector: { x: 'y z' } }],
  ["nodeSelector['beta.kubernetes.io/arch']", { nodeSelector: { 'beta.kubernetes.io/arch': 'arm64' } }],
  ['tolerations', { tolerations: [{ key: 'a', operator: 'Exist' }] }],
  ['tolerations', { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }],
  ['tolerations', { tolerations: [{}] }],
  ['tolerations', { tolerations: [{ key: 'a', effect: 'X' }] }],
  ['priorityClassName', { priorityClassName: 'Not Good' }],
  ['imagePullSecrets', { imagePullSecrets: [{ name: 'A B' }] }],
  ['images.amd64', { images: { amd64: `GHCR.io/FOO@sha256:${'0'.repeat(64)}` } }],
])('%s that the API server would refuse is told before', (path, fields) => {
  expect(() => fluxOperator({}, { ...SPEC, ...fields })).toThrow(`  - ${path} `);
});

test('everything that is wrong is told at once', () => {
  const spec = { images: { amd64: 'latest' }, replicas: 0, color: 'red' };
  expect(problemsOf(spec, { name: '-' })).toEqual([
    'FO004 replicas',
    'FO003 color',
    'FO005 metadata.name',
    'FO002 images.amd64',
  ]);
});
