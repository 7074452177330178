/** MiniClusters from YAML and plain data: what is read, and what is told with its place. */
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import {
  Finding,
  MiniClusterInput,
  OperatorVersion,
  miniCluster,
  parseManifests,
  parseMiniCluster,
} from '../../../src/model/minicluster';
import { Severity } from '../../../src/model/problems';
import { miniClusterV1Alpha1 } from '../../support/render';

/** A v1alpha2 MiniCluster whose spec goes on with these lines. */
function cluster(...spec: string[]): string {
  const head = ['apiVersion: flux-framework.org/v1alpha2', 'kind: MiniCluster', 'metadata:', '  name: lmp'];
  const runner = ['  containers:', '  - image: ubuntu:24.04'];
  return [...head, 'spec:', ...runner, ...spec, ''].join('\n');
}

/** `MC001 7:5` for each finding that is an error. */
function errors(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ severity }) => severity === Severity.ERROR)
    .map(({ code, line = 0, column = 0 }) => `${code} ${line}:${column}`);
}

test('a MiniCluster without traps gives the input as it was written, without errors', () => {
  const { metadata, input, findings } = parseMiniCluster(
    cluster('    command: lmp -in a', '  size: 2', '  tasks: 2'),
  );

  expect(metadata).toEqual({ name: 'lmp' });
  expect(input).toEqual({
    containers: [{ image: 'ubuntu:24.04', command: 'lmp -in a' }],
    size: 2,
    tasks: 2,
  });
  expect(errors(findings)).toEqual([]);
});

test('a trap is told at the field that it is in, and as gone when the library renders it', () => {
  const { input, findings } = parseMiniCluster(cluster('    command: echo "a b"', '  tasks: 1'));

  expect(errors(findings)).toEqual(['MC001 8:5']);
  expect(findings.find(({ code }) => code === 'MC001')).toMatchObject({
    path: 'spec.containers[0].command',
    value: 'echo "a b"',
    mendable: true,
  });
  const [scripts, resource] = miniCluster({ name: 'lmp' }, input!);
  expect(scripts?.data).toEqual({ 'command.sh': 'echo "a b"' });
  expect(resource?.spec).toMatchObject({ containers: [{ command: '/bin/bash /flux-scripts/command.sh' }] });
});

test('what is missing is told where it should stand', () => {
  const text = cluster(
    '    command: run',
    '    secrets:',
    '      TOKEN:',
    '        key: token',
    '  tasks: 1',
  );
  const { input, findings } = parseMiniCluster(text);

  expect(errors(findings)).toEqual(['MC102 10:7']);
  expect(findings[0]?.path).toBe('spec.containers[0].secrets.TOKEN.name');
  expect(input).toBeUndefined();
});

test('a number or a truth value as environment is a finding whose fix quotes what was written', () => {
  const text = cluster('    environment:', '      THREADS: 4', '      DEBUG: yes', '      MODE: 0777');
  const fixes = parseMiniCluster(text).findings.map(({ line, code, fix }) => [line, code, fix]);

  expect(fixes).toEqual([
    [9, 'MC101', 'quote it: "4"'],
    [10, 'MC101', 'quote it: "yes"'],
    [11, 'MC101', 'quote it: "0777"'],
  ]);
});

test('times and dates are texts, as kubectl reads them', () => {
  const text = cluster(
    '    environment: { LIMIT: 12:30:45, DAY: 2026-11-21 }',
    '    command: run',
    '  tasks: 1',
  );
  expect(parseMiniCluster(text).input?.containers[0]?.environment).toEqual({
    LIMIT: '12:30:45',
    DAY: '2026-11-21',
  });
});

test('numbers that are given as quantities are taken as their text', () => {
  const text = cluster(
    '    command: run',
    '    resources: { limits: { cpu: 4, memory: 8Gi } }',
    '  tasks: 1',
  );
  const { input, findings } = parseMiniCluster(text);

  expect(errors(findings)).toEqual([]);
  expect(input?.containers[0]?.resources?.limits).toEqual({ cpu: '4', memory: '8Gi' });
});

test('anchors, aliases and merges work, and a finding points at where the value is written', () => {
  const text = cluster(
    '    command: run',
    '    environment: &env',
    '      A: 1',
    '  services:',
    '  - name: side',
    '    image: redis:7.4.1',
    '    environment:',
    '      <<: *env',
    '      B: b',
    '  tasks: 1',
  );
  expect(errors(parseMiniCluster(text).findings)).toEqual(['MC101 10:7', 'MC101 10:7']);
  const mended = parseMiniCluster(text.replace('A: 1', 'A: a'));
  expect(mended.input?.services?.[0]?.environment).toEqual({ A: 'a', B: 'b' });
});

test('an alias bomb is refused and not unfolded', () => {
  const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(
    (name, index, names) =>
      `  ${name}: &${name} [${Array(9)
        .fill(index === 0 ? 'x' : `*${names[index - 1]!}`)
        .join(', ')}]`,
  );
  const { findings, input } = parseMiniCluster(`kind: MiniCluster\nspec:\n${levels.join('\n')}\n`);

  expect(errors(findings)).toEqual(['MC302 1:1']);
  expect(input).toBeUndefined();
});

test('an alias within its own anchor is told and does not hang', () => {
  const { findings } = parseMiniCluster(cluster('    command: &c [*c]'));
  expect(errors(findings)).not.toEqual([]);
});

test('a key that is there twice is refused with its name and place', () => {
  const { findings } = parseMiniCluster(cluster('    command: one', '    command: two'));

  expect(errors(findings)).toEqual(['MC301 9:5']);
  expect(findings[0]).toMatchObject({ value: 'command', fix: 'keep one of the two' });
});

test('a text that is no YAML is told with the reason and the place', () => {
  const { findings } = parseMiniCluster(`${cluster()}  size: [1\n`);
  expect(findings).toMatchObject([{ code: 'MC300', line: 9 }]);
  expect(findings[0]?.message).toContain('is no YAML: ');
});

test('a v1alpha1 MiniCluster gives the input of that version and its findings', () => {
  const text = cluster('    command: run', '  tasks: 1').replace('v1alpha2', 'v1alpha1');
  const { input, inputV1Alpha1, findings } = parseMiniCluster(text);

  expect(input).toBeUndefined();
  expect(findings.map(({ code }) => code)).toContain('MC289');
  expect(miniClusterV1Alpha1({ name: 'lmp' }, inputV1Alpha1!)).toHaveLength(1);
});

test('another API version of a MiniCluster is told, since no API server has it', () => {
  const { findings } = parseMiniCluster(cluster().replace('v1alpha2', 'v1beta1'));
  expect(findings).toMatchObject([{ code: 'MC303', path: 'apiVersion', line: 1, column: 1 }]);
});

test('what the API server adds is passed over, other metadata is told and not carried over', () => {
  const text = cluster('    command: run', '  tasks: 1', 'status: { size: 1 }', 'more: 1').replace(
    '  name: lmp',
    '  name: lmp\n  uid: 7f0c\n  creationTimestamp: null\n  finalizers: [keep]\n  labels: { team: 7 }',
  );
  const { metadata, findings } = parseMiniCluster(text);

  expect(findings.slice(0, 3)).toMatchObject([
    { code: 'MC304', path: 'more' },
    { code: 'MC305', path: 'metadata.finalizers', line: 7 },
    { code: 'MC101', path: 'metadata.labels.team', line: 8, fix: 'quote it: "7"' },
  ]);
  expect(Object.keys(metadata)).toEqual(['name', 'labels']);
});

test('fields without a value are as good as not there, as for the API server', () => {
  const text = cluster(
    '    command: run',
    '    environment:',
    '  tasks: 1',
    '  interactive:',
    '  logging: { quiet: }',
  );
  const { metadata, input, findings } = parseMiniCluster(
    text.replace('  name: lmp', '  name: lmp\n  annotations:\n  labels: { a: }\n  namespace:'),
  );
  expect(errors(findings)).toEqual([]);
  expect(input).toEqual({ containers: [{ image: 'ubuntu:24.04', command: 'run' }], tasks: 1, logging: {} });
  expect(metadata).toEqual({ name: 'lmp', labels: {} });
});

test('metadata of any kind is told and breaks nothing', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (metadata, annotations) => {
      const object = {
        apiVersion: 'flux-framework.org/v1alpha2',
        kind: 'MiniCluster',
        spec: { containers: [] },
      };
      expect(parseMiniCluster({ ...object, metadata }).findings).not.toEqual([]);
      expect(parseMiniCluster({ ...object, metadata: { name: 'a', annotations } }).findings).not.toEqual([]);
    }),
  );
});

test('secrets in a MiniCluster are in no finding', () => {
  const text = cluster(
    '    environment: { API_TOKEN: 12345678, DEPTH: 7 }',
    '  users: [{ name: me, password: 87654321 }]',
    '  flux: { curveCert: 1234567890 }',
  );
  for (const version of ['v1alpha1', 'v1alpha2']) {
    const { findings } = parseMiniCluster(text.replace('v1alpha2', version));
    expect(JSON.stringify(findings)).not.toMatch(/12345678|87654321/);
    expect(findings.find(({ path }) => path.endsWith('DEPTH'))).toMatchObject({
      value: 7,
      fix: 'quote it: "7"',
    });
    expect(findings.find(({ path }) => path.endsWith('API_TOKEN'))).toMatchObject({ fix: 'quote it' });
  }
});

test('a MiniCluster without a name is told once', () => {
  const { findings } = parseMiniCluster(
    cluster('    command: run', '  tasks: 1').replace('name: lmp', 'generateName: x-'),
  );
  expect(errors(findings)).toEqual(['MC102 3:1']);
});

test('JSON and plain data are read like YAML, data without places', () => {
  const data = {
    apiVersion: 'flux-framework.org/v1alpha2',
    kind: 'MiniCluster',
    metadata: { name: 'lmp' },
    spec: { containers: [{ command: 'echo "a"' }], tasks: 1 },
  };
  const fromJson = parseMiniCluster(JSON.stringify(data));
  const fromData = parseMiniCluster(data);

  expect(fromJson.input).toEqual(fromData.input);
  expect(fromData.findings.map(({ code }) => code)).toEqual(fromJson.findings.map(({ code }) => code));
  expect(fromData.findings.every(({ line }) => line === undefined)).toBe(true);
  expect(fromJson.findings.every(({ line }) => line === 1)).toBe(true);
});

test('a list as kubectl get writes it is read as its items, with their places', () => {
  const items = [cluster('    command: echo "a"', '  tasks: 1'), 'apiVersion: v1\nkind: ConfigMap\n'];
  const indented = items.map((text) => `- ${text.trimEnd().replaceAll('\n', '\n  ')}\n`).join('');
  const [document] = parseManifests(`apiVersion: v1\nkind: List\nitems:\n${indented}`);

  expect(document?.objects.map(({ miniCluster: one }) => one?.metadata.name)).toEqual(['lmp', undefined]);
  expect(document?.objects[0]?.miniCluster?.findings[0]).toMatchObject({
    code: 'MC001',
    path: 'items[0].spec.containers[0].command',
    line: 11,
    column: 7,
  });
});

test('a text must hold exactly one MiniCluster, other kinds beside it are passed over', () => {
  const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: data }\n';
  const one = cluster('    command: run', '  tasks: 1');

  expect(parseMiniCluster(`${configMap}---\n${one}`).input).toBeDefined();
  expect(parseMiniCluster(configMap).findings).toMatchObject([{ code: 'MC306' }]);
  expect(parseMiniCluster(`${one}---\n${one}`).findings).toMatchObject([
    { code: 'MC306', value: '2 MiniClusters' },
  ]);
  for (const nothing of ['', '# nothing\n', undefined, null, 7, []]) {
    expect(parseMiniCluster(nothing).findings).toMatchObject([{ code: 'MC306' }]);
  }
});

test('two MiniClusters of a text that share a Service are told at the second', () => {
  const one = cluster('    command: run', '  tasks: 1', '  network: { headlessName: flux }');
  const documents = parseManifests(`${one}---\n${one.replace('name: lmp', 'name: other')}`);
  const found = documents.map(({ objects }) => objects[0]!.miniCluster!.findings.map(({ code }) => code));

  expect(found[0]).not.toContain('MC061');
  expect(found[1]).toContain('MC061');
});

test('a broken document leaves the others of its text readable', () => {
  const [broken, whole] = parseManifests(`a: [1\n---\n${cluster('    command: run', '  tasks: 1')}`);
  expect(broken).toMatchObject({ objects: [], findings: [{ code: 'MC300' }] });
  expect(whole?.objects[0]?.miniCluster?.input).toBeDefined();
});

test('the release and the silenced rules of the options hold for what is found and for the input', () => {
  const silence = [
    { code: 'MC001', reason: 'quotes are meant' },
    { code: 'MC289', reason: 'of the other API version' },
  ];
  const text = cluster('    command: echo "a"', '  backoffLimit: 2', '  tasks: 1');
  const { input, findings } = parseMiniCluster(text, { operatorVersion: OperatorVersion.V0_2_1, silence });

  expect(errors(findings)).toEqual(['MC103 9:3']);
  expect(input).toMatchObject({ operatorVersion: '0.2.1', silence: [{ code: 'MC001' }] });
  expect(input?.silence).toHaveLength(1);
});

test('texts that are escaped for the operator are no finding, and the input holds what arrives', () => {
  const input: MiniClusterInput = {
    tasks: 1,
    containers: [{ image: 'ubuntu:24.04', command: 'run' }],
    flux: { brokerConfig: 'a = "$HOME \\\\ `x`"\n', environment: { MESSAGE: `it's "$5"`, PLAIN: 'x' } },
  };
  const [resource] = miniCluster({ name: 'lmp' }, input);
  const parsed = parseMiniCluster(stringify(resource));

  expect(parsed.findings.map(({ code }) => code)).not.toContain('MC009');
  expect(parsed.findings.map(({ code }) => code)).not.toContain('MC010');
  expect(parsed.input).toEqual(input);
});

test('whatever the text, nothing is thrown and each place is in the text', () => {
  const lines = [
    'kind: MiniCluster',
    'apiVersion: flux-framework.org/v1alpha2',
    'spec:',
    '  size: &a 1',
    '  - *a',
  ];
  const line = fc.oneof(
    fc.constantFrom(...lines, '---', '  containers: [{', '? [x', '  <<: *a'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (some) => {
      const text = some.join('\n');
      for (const finding of parseMiniCluster(text).findings) {
        expect(finding.line ?? 1).toBeGreaterThanOrEqual(1);
        expect(finding.line ?? 1).toBeLessThanOrEqual(text.split('\n').length + 1);
      }
    }),
    { numRuns: 500 },
  );
});
