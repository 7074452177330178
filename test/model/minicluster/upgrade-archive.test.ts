/** An upgraded MiniCluster saves the archive that v1alpha1 only restored: what is said, and what becomes of it in a pod. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MiniClusterV1Alpha1Input, checkMiniCluster } from '../../../src/model/minicluster';
import { FluxSource, UpgradeEffect, upgradeMiniCluster } from '../../../src/model/minicluster/upgrade';
import { miniCluster } from '../../support/render';
import { archiveOf, contentOf } from '../../support/state-pod';
import { StateOperatorPod, removePods } from '../../support/state-operator-pod';

const METADATA = { name: 'lmp', namespace: 'hpc' };

let folder: string;
let archive: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
  archive = join(folder, 'archive.tar.gz');
});
afterEach(async () => {
  await removePods();
  rmSync(folder, { recursive: true, force: true });
});

type Container = MiniClusterV1Alpha1Input['containers'][number];
type Fields = Partial<MiniClusterV1Alpha1Input>;

function upgrade(container: Container, fields: Fields = {}, flux = FluxSource.IMAGE) {
  const existingVolumes = { data: { path: folder, claimName: 'data' } };
  const containers = [{ image: 'lammps:1', existingVolumes, ...container }];
  return upgradeMiniCluster(METADATA, { archive: { path: archive }, ...fields, containers }, { flux });
}

/** The pod of the lead broker of what it becomes. */
function leadOf({ metadata, input }: ReturnType<typeof upgrade>): StateOperatorPod {
  return new StateOperatorPod(miniCluster(metadata, input));
}

const stateThere = (): string | undefined =>
  existsSync(archive) ? contentOf(readFileSync(archive)) : undefined;

test.each<[string, Container, Fields]>([
  ['a command', { command: 'lmp -in a' }, {}],
  ['an interactive cluster', {}, { interactive: true }],
  [
    'an interactive cluster with a hook of its own',
    { lifeCycle: { preStopExec: '/bin/true' } },
    { interactive: true },
  ],
  ['logging.timed', { command: 'lmp -in a' }, { logging: { timed: true } }],
  ['options of the broker', { command: 'lmp -in a', commands: { prefix: '-Slog-level=7' } }, {}],
])(
  'the archive is saved when the cluster ends, with a note and no hooks of the upgrade: %s',
  (_what, container, fields) => {
    const { metadata, input, notes } = upgrade(container, fields);
    expect(input.archive).toEqual({ path: archive, save: 'on-stop' });
    const { commands: { post, ...commands } = {}, lifeCycle } = input.containers[0]!;
    expect(commands).toEqual(container.commands ?? {});
    expect(post ?? 'exit $?').toMatch(/exit \$\?$/);
    expect(lifeCycle).toEqual(container.lifeCycle);
    expect(notes.filter(({ path }) => path === 'archive.path')).toEqual([
      expect.objectContaining({
        effect: UpgradeEffect.ADDED,
        message: expect.stringContaining('saved as well'),
      }),
    ]);
    expect(checkMiniCluster(metadata, input).map(({ code }) => code)).not.toContain('MC017');
  },
);

test('an archive of a name that flux dump knows no format for is restored as before, with a note', () => {
  const { metadata, input, notes } = upgrade(
    { command: 'lmp -in a' },
    { archive: { path: '/state/archive' } },
  );
  expect(input.archive).toEqual({ path: '/state/archive', save: 'never' });
  expect(notes).toContainEqual(
    expect.objectContaining({ path: 'archive.path', message: expect.stringContaining('not saved') }),
  );
  const codes = checkMiniCluster(metadata, input).map(({ code }) => code);
  expect(codes.filter((code) => ['MC017', 'MC154'].includes(code))).toEqual([]);
});

test('an archive without a path is none, and stays so', () => {
  expect(upgrade({ command: 'lmp -in a' }, { archive: {} }).input.archive).toEqual({});
  expect(upgrade({ command: 'lmp -in a' }, { archive: undefined }).input).not.toHaveProperty('archive.path');
});

test.each([
  ['true', 0],
  ['bash -c "exit 3"', 3],
])('what v1alpha1 left is restored, and saved when %j has ended', async (command, code) => {
  writeFileSync(archive, archiveOf('before\n'));
  const { code: ended } = await leadOf(upgrade({ command })).run();
  expect(ended).toBe(code);
  expect(stateThere()).toBe('before\nfirst\n');
});

test.each([[FluxSource.IMAGE], [FluxSource.VIEW]])(
  'deleting the pods of an interactive cluster saves it, after a hook of its own (Flux from the %s)',
  async (flux) => {
    const container = {
      lifeCycle: { preStopExec: 'touch "$OUT/a"\nexit 1' },
      commands: { post: 'echo bye' },
    };
    const lead = await leadOf(upgrade(container, { interactive: true }, flux))
      .start()
      .up();
    lead.preStop();
    const { code, lines } = await lead.ended();
    expect([code, lead.has('out/a'), lines.at(-1)]).toEqual([0, true, 'bye']);
    expect(stateThere()).toBe('first\n');
  },
);

test('a pod whose archive can not be saved says so, and ends as its command did', async () => {
  writeFileSync(archive, archiveOf('before\n'));
  const { metadata, input } = upgrade({ command: 'true' });
  const lead = new StateOperatorPod(miniCluster(metadata, input), { leaves: ':' });
  const { code, lines } = await lead.run();
  expect(code).toBe(0);
  expect(lines).toContain(`minicluster: Flux left no state to save: ${archive} is as it was`);
  expect(stateThere()).toBe('before\n');
});
