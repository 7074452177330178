import { InvalidSpecError } from '../../../../src/model/problems';
import { MiniClusterV1Alpha1Input } from '../../../../src/model/minicluster';
import { miniClusterV1Alpha1 } from '../../../support/render';

const METADATA = { name: 'lmp', namespace: 'hpc' };
const MINIMAL: MiniClusterV1Alpha1Input = {
  size: 2,
  tasks: 2,
  containers: [{ image: 'a:1', command: 'hostname' }],
};

function rendered(
  input: Partial<MiniClusterV1Alpha1Input>,
): [files: Record<string, string>, spec: MiniClusterV1Alpha1Input] {
  const manifests = miniClusterV1Alpha1(METADATA, { ...MINIMAL, ...input });
  const spec = manifests.at(-1)?.spec as MiniClusterV1Alpha1Input;
  return [manifests.length > 1 ? (manifests[0]?.data ?? {}) : {}, spec];
}

test('a spec without traps is the resource as written, and nothing else', () => {
  expect(miniClusterV1Alpha1(METADATA, MINIMAL)).toEqual([
    { apiVersion: 'flux-framework.org/v1alpha1', kind: 'MiniCluster', metadata: METADATA, spec: MINIMAL },
  ]);
});

test('a command that is more than words becomes a file, mounted as an existing volume', () => {
  const [files, spec] = rendered({ containers: [{ image: 'a:1', command: 'echo "a b"' }] });
  expect(files).toEqual({ 'command.sh': 'echo "a b"' });
  expect(spec.containers[0]).toEqual({
    image: 'a:1',
    command: '/bin/bash /flux-scripts/command.sh',
    existingVolumes: {
      'lmp-scripts': { configMapName: 'lmp-scripts', path: '/flux-scripts', readOnly: true },
    },
  });
});

test('a command with % becomes a file, since the entrypoint prints it with printf', () => {
  expect(rendered({ containers: [{ image: 'a:1', command: 'date +%Y' }] })[0]).toEqual({
    'command.sh': 'date +%Y',
  });
});

test('a raw batch text that echo would change becomes a file, a plain one stays', () => {
  const batch = (command: string): Record<string, string> =>
    rendered({ containers: [{ image: 'a:1', batch: true, batchRaw: true, command }] })[0];
  expect(batch('echo "$HOME"')).toEqual({ 'batch.sh': 'echo "$HOME"' });
  expect(batch('flux submit hostname\nflux queue idle\n')).toEqual({});
});

test('a batch text that is not raw becomes one that is, with the submit command of the cluster', () => {
  const [files, spec] = rendered({
    flux: { submitCommand: 'flux submit -N1' },
    containers: [{ image: 'a:1', batch: true, command: 'hostname' }],
  });
  expect(files['batch.sh']).toMatch(/^flux submit -N1 --flags waitable .* hostname\nflux queue idle\n/);
  expect([spec.containers[0]?.batchRaw, spec.flux]).toEqual([true, {}]);
});

test('hooks that quiet would break are sourced from files, and preStop texts become programs', () => {
  const [files, spec] = rendered({
    logging: { quiet: true },
    containers: [
      {
        image: 'a:1',
        command: 'hostname',
        commands: { pre: 'a\nb' },
        lifeCycle: { preStopExec: 'flux shutdown' },
      },
    ],
  });
  expect(files).toMatchObject({ 'pre.sh': 'a\nb', 'pre-stop.sh': '#!/bin/bash\nflux shutdown' });
  expect(spec.containers[0]?.commands?.pre).toBe('. /flux-scripts/pre.sh');
  expect(spec.containers[0]?.lifeCycle?.preStopExec).toBe('/tmp/flux-scripts/pre-stop.sh');
});

test('a silenced rule leaves the text as written', () => {
  const silence = [{ code: 'MC213', reason: 'the words are meant as they are' }];
  expect(
    rendered({ silence, containers: [{ image: 'a:1', command: "a 'b'" }] })[1].containers[0]?.command,
  ).toBe("a 'b'");
});

test('all problems are told at once, those of structure and of rules', () => {
  const build = (): unknown =>
    miniClusterV1Alpha1(METADATA, { ...MINIMAL, size: 0, tasks: -1, minSize: 1 } as never);
  expect(build).toThrow(InvalidSpecError);
  expect(build).toThrow(/MiniClusterV1Alpha1 'lmp' is not valid:[^]*MC100[^]*MC201/);
});

test('a wrong type is told, and does not bring the rules down', () => {
  for (const containers of [null, {}, [null], [{ command: 3 }]]) {
    expect(() => miniClusterV1Alpha1(METADATA, { containers } as never)).toThrow(InvalidSpecError);
  }
});
