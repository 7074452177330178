/** Texts that somebody escaped by hand for the operator's shell scripts mean what arrives. */
import { MiniClusterInput, miniCluster, parseMiniCluster } from '../../../src/model/minicluster';

function parse(
  container: object,
  flux: object = {},
  apiVersion = 'v1alpha2',
): ReturnType<typeof parseMiniCluster> {
  const spec = { tasks: 1, containers: [{ image: 'ubuntu:24.04', ...container }], flux };
  const object = {
    kind: 'MiniCluster',
    apiVersion: `flux-framework.org/${apiVersion}`,
    metadata: { name: 'lmp' },
    spec,
  };
  return parseMiniCluster(object);
}

function codes({ findings }: ReturnType<typeof parseMiniCluster>): string[] {
  return findings.map(({ code }) => code);
}

function scripts(input: MiniClusterInput | undefined): unknown {
  return miniCluster({ name: 'lmp' }, input!)[0]?.data;
}

test.each([
  [
    'batch text',
    { batch: true, batchRaw: true, command: 'flux run echo \\"\\$FLUX_JOB_ID\\" \\\\n' },
    ['MC004', 'MC005'],
  ],
  ['script', { commands: { script: 'echo \\${FLUX_TASK_RANK} \\`date\\`' } }, ['MC007']],
])('an escaped %s is no finding, and what arrives goes into the file', (_, container, about) => {
  const parsed = parse(container);
  const found = codes(parsed);
  expect(about.filter((code) => found.includes(code))).toEqual([]);
  const text =
    Object.values(container).find((value) => typeof value === 'string') ??
    (container as { commands: { script: string } }).commands.script;
  expect(Object.values(scripts(parsed.input) as object)).toEqual([text.replace(/\\(.)/g, '$1')]);
});

test('a text that is escaped in part is taken as it stands, and is a finding', () => {
  const parsed = parse({ commands: { script: 'echo \\$ONE $TWO' } });
  expect(codes(parsed)).toContain('MC007');
  expect(scripts(parsed.input)).toEqual({ 'script.sh': 'echo \\$ONE $TWO' });
});

test('an escaped command stays a finding, since it is split at blanks, and is rendered as it was meant', () => {
  const parsed = parse({ command: 'bash -c \\"echo $HOME\\"' });
  expect(codes(parsed)).toContain('MC001');
  expect(scripts(parsed.input)).toEqual({ 'command.sh': 'bash -c "echo $HOME"' });
});

test('a command with backslashes for itself, or with quotes of both kinds, is taken as it stands', () => {
  for (const command of ['sed s/\\\\./x/ file', 'echo "a \\"b\\""', 'grep \\. file']) {
    expect(scripts(parse({ command }).input)).toEqual({ 'command.sh': command });
  }
});

test('an escaped batch text of v1alpha1 means what arrives, too', () => {
  const parsed = parse({ batch: true, batchRaw: true, command: 'flux run echo \\$A' }, {}, 'v1alpha1');
  expect(codes(parsed)).not.toContain('MC215');
  expect(parsed.inputV1Alpha1?.containers[0]?.command).toBe('flux run echo $A');
});
