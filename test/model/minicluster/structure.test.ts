import fc from 'fast-check';

import { type FieldTable } from '../../../src/model/minicluster/api/field-table';
import { v1alpha1, v1alpha2 } from '../../../src/model/minicluster/api/generated/fields';
import { OPERATOR_VERSIONS, OperatorVersion } from '../../../src/model/minicluster/operator-version';
import { checkStructure, STRUCTURE_RULES } from '../../../src/model/minicluster/structure';
import { STALE_IN_V1ALPHA1, STALE_IN_V1ALPHA2 } from '../../../src/model/minicluster/structure/stale-names';
import { describe as inOneLine } from '../../../src/model/problems';
import { arbitrarySpec } from '../../support/arbitrary-spec';

const image = 'ghcr.io/converged-computing/metric-lammps:1.0';

/** The problems of a v1alpha2 spec, one line each. */
function problemsOf(spec: unknown, release?: OperatorVersion): string[] {
  return checkStructure('v1alpha2', spec, release).map(inOneLine);
}

/** The problems of a container with these fields; one more field is given so that it is never empty. */
function problemsIn(container: Record<string, unknown>, release?: OperatorVersion): string[] {
  return problemsOf({ containers: [{ image, ...container }] }, release);
}

test('a spec of existing fields with the right types has no problem', () => {
  expect(
    problemsOf({ size: 4, tasks: 16, containers: [{ image, command: 'lmp -in in.reaxc.hns' }] }),
  ).toEqual([]);
});

test.each([
  [
    undefined,
    'spec must be an object; write an object with fields such as containers, services, network (MC101)',
  ],
  [
    null,
    'spec must be an object, got null; write an object with fields such as containers, services, network (MC101)',
  ],
  [
    [],
    'spec must be an object, got []; write an object with fields such as containers, services, network (MC101)',
  ],
  [{}, 'containers is missing; add it as a list (MC102)'],
])('%j is no spec', (spec, problem) => {
  expect(problemsOf(spec)).toEqual([problem.replace(/such as .* \(/, `such as ${firstFields()} (`)]);
});

/** The fields that the message names are the first three of the type. */
function firstFields(): string {
  return Object.keys(v1alpha2.objects.MiniClusterSpec!).slice(0, 3).join(', ');
}

test.each([
  ['size', '4', 'size must be a whole number, got "4"; write it without quotes: 4 (MC101)'],
  ['size', 2.5, 'size must be a whole number, got 2.5; write a whole number (MC101)'],
  ['size', NaN, 'size must be a whole number, got NaN; write a whole number (MC101)'],
  [
    'maxSize',
    2 ** 31,
    'maxSize must fit into 32 bits, got 2147483648; write a number nearer to zero (MC104)',
  ],
  [
    'deadlineSeconds',
    -(2 ** 63) - 2048,
    'deadlineSeconds must fit into 64 bits, got -9223372036854778000; write a number nearer to zero (MC104)',
  ],
  [
    'interactive',
    'yes',
    'interactive must be true or false, got "yes"; write it without quotes: true (MC101)',
  ],
  ['interactive', 1, 'interactive must be true or false, got 1; write true or false (MC101)'],
  ['jobLabels', ['a'], 'jobLabels must be a map, got ["a"]; write a map of names to strings (MC101)'],
  [
    'network',
    'flux-service',
    'network must be an object, got "flux-service"; write an object with the fields disableAffinity, headlessName (MC101)',
  ],
  ['network', null, 'network must be an object, got null; leave it out, or write an object (MC101)'],
  ['archive', 5, 'archive must be an object, got 5; write an object with the field path (MC101)'],
  [
    'jobLabels',
    { 'app/part': 1, plain: true },
    'jobLabels["app/part"] must be a string, got 1; quote it: "1" (MC101)',
    'jobLabels.plain must be a string, got true; quote it: "true" (MC101)',
  ],
])('a wrong value of %s: %j', (field, value, ...problems) => {
  expect(problemsOf({ [field]: value, containers: [{ image }] })).toEqual(
    (problems as string[]).map(sortedNames),
  );
});

/** The names that a message lists come in the order of the type; none of these tests is about that order. */
function sortedNames(problem: string): string {
  const fields = Object.keys(v1alpha2.objects.Network!).join(', ');
  return problem.replace('disableAffinity, headlessName', fields);
}

test.each([
  [
    { environment: { OMP_NUM_THREADS: 4, QUIET: true } },
    'containers[0].environment.OMP_NUM_THREADS must be a string, got 4; quote it: "4" (MC101)',
    'containers[0].environment.QUIET must be a string, got true; quote it: "true" (MC101)',
  ],
  [
    { environment: { 'a.b': null } },
    'containers[0].environment["a.b"] must be a string, got null; leave it out, or write a string (MC101)',
  ],
  [{ command: ['lmp'] }, 'containers[0].command must be a string, got ["lmp"]; write a string (MC101)'],
  [{ ports: 80 }, 'containers[0].ports must be a list, got 80; write a list, even for one entry (MC101)'],
  [
    { ports: [80, '81'] },
    'containers[0].ports[1] must be a whole number, got "81"; write it without quotes: 81 (MC101)',
  ],
  [
    { secrets: { TOKEN: { name: 'token' } } },
    'containers[0].secrets.TOKEN.key is missing; add it as a string (MC102)',
  ],
  [
    { secrets: { TOKEN: { name: null, key: 'k' } } },
    'containers[0].secrets.TOKEN.name must be a string, got null; write a string (MC101)',
  ],
  [
    { resources: { limits: { 'nvidia.com/gpu': '1 GPU' } } },
    'containers[0].resources.limits["nvidia.com/gpu"] must be a quantity, got "1 GPU"; write a number with at most a unit behind it, such as 500m, 4 or 8Gi (MC104)',
  ],
  [
    { resources: { requests: { cpu: 0.5 } } },
    'containers[0].resources.requests.cpu must be a quantity, got 0.5; quote it: "0.5" (MC101)',
  ],
  [
    { resources: { requests: { memory: 1e21 } } },
    'containers[0].resources.requests.memory must fit into 64 bits, got 1e+21; write a number nearer to zero (MC104)',
  ],
])('a container with %j', (container, ...problems) => {
  expect(problemsIn(container)).toEqual(problems);
});

test('quantities may be whole numbers or text with a unit', () => {
  const limits = {
    cpu: 4,
    memory: '8Gi',
    'nvidia.com/gpu': '1',
    'ephemeral-storage': '1e9',
    hugepages: '-.5k',
  };
  expect(problemsIn({ resources: { limits } })).toEqual([]);
});

test.each([
  ['imgae', 'is not a field of a MiniCluster container', 'write image'],
  ['lifecycle', 'is not a field of a MiniCluster container', 'write lifeCycle'],
  ['imagePullSecrets', 'is not a field of a MiniCluster container', 'write imagePullSecret'],
  ['qwertz', 'is not a field of a MiniCluster container', 'leave it out'],
  [
    'cores',
    'is not a field of a MiniCluster container',
    'leave it out: Flux takes all cores that it sees in the pod',
  ],
  [
    'existingVolumes',
    'is not a field of a MiniCluster container',
    'write it as volumes, with the same keys; that of a ConfigMap must equal configMapName',
  ],
  [
    'fluxUser',
    'is not a field of a MiniCluster container',
    'set runAsUser in securityContext of the container and of flux.container alike',
  ],
  [
    'diagnostics',
    'is not a field of a MiniCluster container',
    'leave it out: set interactive, and look around with kubectl exec',
  ],
  [
    'preCommand',
    'is not a field of a MiniCluster container',
    'write commands.init to run first, or commands.pre to run just before Flux starts',
  ],
  [
    'headlessName',
    'is not a field of a MiniCluster container',
    'write it as network.headlessName, or leave it out',
  ],
  ['__proto__', 'is not a field of a MiniCluster container', 'leave it out'],
  ['constructor', 'is not a field of a MiniCluster container', 'leave it out'],
])('a container has no field %s', (name, message, fix) => {
  const container: unknown = JSON.parse(`{ "image": "x", "${name}": { "polluted": true } }`);
  for (const list of ['containers', 'services']) {
    expect(checkStructure('v1alpha2', { containers: [{ image }], [list]: [container] })).toEqual([
      {
        code: 'MC100',
        severity: 'error',
        path: `${list}[0].${name}`,
        value: { polluted: true },
        message,
        fix,
      },
    ]);
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test.each<[fields: object, problem: string]>([
  [
    { volumes: { data: {} } },
    'volumes is not a field of a MiniCluster, got {"data":{}}; write volumes of the container, with hostPath or with the claimName of a claim of your own (MC100)',
  ],
  [
    { users: [] },
    'users is not a field of a MiniCluster, got []; leave it out: run the RESTful server as a container, with its token in a Secret (MC100)',
  ],
  [
    { kind: 'MiniCluster' },
    'kind is not a field of a MiniCluster, got "MiniCluster"; pass only what stands below spec (MC100)',
  ],
  [
    { flux: { installRoot: '/usr' } },
    'flux.installRoot is not a field of flux, got "/usr"; set flux.container: disable to true, and image to that of the container, which has Flux in it (MC100)',
  ],
  [
    { flux: { leadBroker: {} } },
    'flux.leadBroker is not a field of flux, got {}; write it as flux.bursting.leadBroker, or leave it out (MC100)',
  ],
  [
    { pod: { hostNetwork: true } },
    'pod.hostNetwork is not a field of pod, got true; leave it out: the operator has no field for it (MC100)',
  ],
  [
    { pod: { tolerations: [{ key: 'gpu', tolerationSeconds: 60 }] } },
    'pod.tolerations[0].tolerationSeconds is not a field of a toleration, got 60; leave it out: the operator can only tolerate a taint without limit of time (MC100)',
  ],
  ...['save', 'everyMinutes', 'drainSeconds', 'keep', 'writeOnce'].map((option): [object, string] => [
    { archive: { path: '/state/a.tgz', [option]: 1 } },
    `archive.${option} is not a field of archive, got 1; leave it out: it is an option of the library, given in TypeScript (docs/state.md) (MC100)`,
  ]),
  [
    { staging: [] },
    'staging is not a field of a MiniCluster, got []; leave it out: it is an option of the library, given in TypeScript (docs/staging.md) (MC100)',
  ],
])('names of other versions and of Kubernetes: %j', (fields, problem) => {
  expect(problemsOf({ ...fields, containers: [{ image }] })).toEqual([problem]);
});

test.each([
  [
    { volumes: { data: { path: '/data', fsType: 'ext4' } } },
    'containers[0].volumes.data.fsType is not a field of a container\'s volume, got "ext4"; leave it out: create a PersistentVolume and a PersistentVolumeClaim of your own, and write claimName (MC100)',
  ],
  [
    { volumes: { key: { secretName: 'key', defaultMode: 256 } } },
    "containers[0].volumes.key.defaultMode is not a field of a container's volume, got 256; leave it out: the operator sets no modes; copy the files in commands.init and set the mode of the copies there (MC100)",
  ],
  [
    { commands: { runFluxAsRoot: true } },
    "containers[0].commands.runFluxAsRoot is not a field of a container's commands, got true; leave it out: set runAsUser in securityContext of the container and of flux.container alike (MC100)",
  ],
  [
    { securityContext: { fsGroup: 0 } },
    "containers[0].securityContext.fsGroup is not a field of a container's securityContext, got 0; write pod.securityContext.fsGroup (MC100)",
  ],
])('parts of containers that cannot be expressed: %j', (container, problem) => {
  expect(problemsIn(container)).toEqual([problem]);
});

test('v1alpha1 has its own fields, and points to v1alpha2 for those that it lacks', () => {
  const spec = {
    volumes: { data: { path: '/data' } },
    users: [{ name: 'ana' }],
    containers: [{ image, cores: 4 }],
  };
  expect(checkStructure('v1alpha1', spec)).toEqual([]);
  const newer = { minSize: 1, containers: [{ image, securityContext: { capabilities: {} } }] };
  expect(checkStructure('v1alpha1', newer).map(inOneLine)).toEqual([
    'minSize is not a field of a MiniCluster, got 1; leave it out: only v1alpha2 has it (MC100)',
    "containers[0].securityContext.capabilities is not a field of a container's securityContext, got {}; write addCapabilities (MC100)",
  ]);
});

test('a field that came later than the chosen release is refused, and the release that has it is named', () => {
  const script = { commands: { script: 'echo' } };
  expect(problemsIn(script, OperatorVersion.V0_2_1)).toEqual([]);
  expect(problemsIn(script, OperatorVersion.V0_2_0)).toEqual([
    'containers[0].commands.script is not a field of operator 0.2.0, only since 0.2.1, got "echo"; leave it out, or set operatorVersion to 0.2.1 if that is what runs (MC103)',
  ]);
});

test('the branch has the fields of 0.2.1 but for three of the pod, and one of its own', () => {
  const branch = OperatorVersion.MULTIPLE_APPLICATIONS;
  const volumes = { shm: { emptyDir: true, emptyDirMedium: 'memory', emptyDirSizeLimit: '1Gi' } };
  const container = { image, commands: { script: 'echo' }, volumes };
  expect(problemsOf({ oversubscribe: true, containers: [container] }, branch)).toEqual([]);
  const pod = { restartPolicy: 'Never', runtimeClassName: 'a', automountServiceAccountToken: true };
  expect(problemsOf({ pod, containers: [{ image }] }, OperatorVersion.V0_2_1)).toEqual([]);
  const found = checkStructure('v1alpha2', { pod, containers: [{ image }] }, branch);
  expect(found.map(({ code, path }) => [code, path])).toEqual(
    Object.keys(pod).map((field) => ['MC103', `pod.${field}`]),
  );
});

test.each(OPERATOR_VERSIONS.filter((release) => release !== OperatorVersion.MULTIPLE_APPLICATIONS))(
  'operator %s does not know oversubscribe, and the construct that needs no operator is named',
  (release) => {
    expect(problemsOf({ oversubscribe: true, containers: [{ image }] }, release)).toEqual([
      'oversubscribe is a field of builds of the branch multiple-applications-per-pod alone, got true; use a MultiApplicationCluster, which needs no operator (docs/multi-application-cluster.md), or where such a build of the operator runs set operatorVersion to multiple-applications-per-pod (MC103)',
    ]);
  },
);

test('a later field is reported once, and not again for what is in it', () => {
  const securityContext = { runAsUser: 0, capabilities: { add: ['SYS_PTRACE'] } };
  const spec = { pod: { securityContext: { fsGroup: 1 } }, containers: [{ image, securityContext }] };
  expect(problemsOf(spec)).toEqual([]);
  const found = checkStructure('v1alpha2', spec, OperatorVersion.V0_2_1).map(({ path, fix }) => [path, fix]);
  const elsewise = 'or set operatorVersion to main if that is what runs';
  expect(Object.fromEntries(found)).toEqual({
    'pod.securityContext': `leave it out, ${elsewise}`,
    'containers[0].securityContext.runAsUser': `leave it out, ${elsewise}`,
    'containers[0].securityContext.capabilities': `write securityContext.addCapabilities, ${elsewise}`,
  });
});

test('addCapabilities was taken out after 0.2.1', () => {
  const container = { securityContext: { addCapabilities: ['SYS_PTRACE'] } };
  expect(problemsIn(container, OperatorVersion.V0_2_1)).toEqual([]);
  expect(problemsIn(container)).toEqual([
    'containers[0].securityContext.addCapabilities is not a field of operator main, only up to 0.2.1, got ["SYS_PTRACE"]; write securityContext.capabilities.add, or set operatorVersion to 0.2.1 if that is what runs (MC103)',
  ]);
});

test('addCapabilities never was a field of the Flux container, in no release', () => {
  const flux = { container: { securityContext: { addCapabilities: ['SYS_PTRACE'] } } };
  expect(problemsOf({ flux, containers: [{ image }] })).toEqual([
    'flux.container.securityContext.addCapabilities is not a field of flux.container.securityContext, got ["SYS_PTRACE"]; write capabilities.add (MC100)',
  ]);
});

test('all problems are told at once', () => {
  const codes = checkStructure(
    'v1alpha2',
    {
      size: '4',
      cores: 2,
      maxSize: 1e12,
      containers: [{ secrets: { A: {} } }, { commands: { script: 'echo' } }],
    },
    OperatorVersion.V0_2_0,
  ).map(({ code }) => code);
  expect(codes.sort()).toEqual(['MC100', 'MC101', 'MC102', 'MC102', 'MC103', 'MC104']);
});

test('undefined counts as absent, for fields that exist, for others and for entries of maps', () => {
  const container = { image, command: undefined, nonsense: undefined, environment: { A: undefined } };
  expect(problemsOf({ containers: [container], size: undefined, volumes: undefined })).toEqual([]);
  expect(problemsOf({ containers: undefined })).toEqual(['containers is missing; add it as a list (MC102)']);
  expect(problemsIn({ ports: [undefined] })).toEqual([
    'containers[0].ports[0] must be a whole number; write a whole number (MC101)',
  ]);
});

test('whatever is given as a spec, the check gives problems and never throws', () => {
  const garbage = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
  });
  const field = fc.constantFrom(...Object.values(v1alpha2.objects).flatMap((fields) => Object.keys(fields)));
  const shaped = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, garbage, tie('object'), fc.array(tie('value'))),
    object: fc.dictionary(fc.oneof(field, fc.constantFrom('__proto__', 'a/b~c', '')), tie('value')),
  }));
  fc.assert(
    fc.property(fc.oneof(garbage, shaped.object), fc.constantFrom(...OPERATOR_VERSIONS), (spec, release) => {
      const problems = [...checkStructure('v1alpha2', spec, release), ...checkStructure('v1alpha1', spec)];
      const unclear = problems.filter(
        ({ path, message, fix }) => !path || !message || /undefined|\[object/.test(fix),
      );
      expect(unclear).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('every spec that the types of v1alpha2 allow passes, with the fields of any release', () => {
  for (const release of OPERATOR_VERSIONS) {
    fc.assert(
      fc.property(arbitrarySpec('v1alpha2', release), (spec) => {
        expect(checkStructure('v1alpha2', spec, release)).toEqual([]);
      }),
    );
  }
});

test('every spec that the types of v1alpha1 allow passes', () => {
  fc.assert(
    fc.property(arbitrarySpec('v1alpha1'), (spec) => {
      expect(checkStructure('v1alpha1', spec)).toEqual([]);
    }),
  );
});

test('a spec with one field too many never passes', () => {
  fc.assert(
    fc.property(arbitrarySpec('v1alpha2'), fc.string({ minLength: 1 }), (spec, name) => {
      fc.pre(!(name in v1alpha2.objects.MiniClusterSpec!));
      const found = checkStructure('v1alpha2', { ...spec, ...Object.fromEntries([[name, 1]]) });
      expect(found.map(({ code, value }) => [code, value])).toEqual([['MC100', 1]]);
    }),
  );
});

/** Every path of a spec, with `[]` for items and `{}` for values. */
function pathsIn(table: FieldTable, type: string, value: unknown, path: string, found: Set<string>): void {
  const [of, mark] = [type.slice(0, -2), type.slice(-2)];
  if (mark === '[]' || mark === '{}') {
    for (const item of Object.values(value as object)) pathsIn(table, of, item, path + mark, found);
  } else if (type in table.objects) {
    for (const [name, inner] of Object.entries(value as object)) {
      const field = path === '' ? name : `${path}.${name}`;
      found.add(field);
      pathsIn(table, table.objects[type]![name]!, inner, field, found);
    }
  }
}

test.each([
  ['v1alpha2', v1alpha2, () => arbitrarySpec('v1alpha2')] as const,
  ['v1alpha1', v1alpha1, () => arbitrarySpec('v1alpha1')] as const,
])('arbitrary specs of %s reach every field', (version, table, arbitrary) => {
  const found = new Set<string>();
  for (const spec of fc.sample(arbitrary(), { seed: 2, numRuns: 200 })) {
    pathsIn(table, table.root, spec, '', found);
  }
  expect(found.size).toBe(version === 'v1alpha2' ? 270 : 168);
});

test('the hints for unknown names stand at objects that exist, and under names that do not', () => {
  for (const [table, stale] of [
    [v1alpha2, STALE_IN_V1ALPHA2],
    [v1alpha1, STALE_IN_V1ALPHA1],
  ] as const) {
    for (const [object, names] of Object.entries(stale)) {
      let type: string = table.root;
      for (const step of object.match(/\w+|\[\]|\{\}/g) ?? []) {
        type = /\w/.test(step) ? table.objects[type]![step]! : type.slice(0, -2);
      }
      expect({ object, fields: Object.keys(table.objects[type] ?? {}) }).not.toEqual({ object, fields: [] });
      for (const name of Object.keys(names)) expect(Object.keys(table.objects[type]!)).not.toContain(name);
    }
  }
});

test('every code that the check reports is explained', () => {
  expect(STRUCTURE_RULES.map(({ code }) => code)).toEqual(['MC100', 'MC101', 'MC102', 'MC103', 'MC104']);
  for (const { title, consequence, remedy } of STRUCTURE_RULES) {
    expect(title).toMatch(/^(is|has) /);
    expect(consequence).toMatch(/\.$/);
    expect(remedy).toMatch(/^(write|add|set) /);
  }
});
