/** Copies of the queue's state, on the lead's node and on others, run for real with a stand-in flux. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DistributeNode, removeNodes } from '../../support/distribute-node-pod';

jest.setTimeout(60_000);
afterEach(removeNodes);

type Copy = readonly [number, number, string];

/** The wrapper of flux, for another node. */
function giveFlux(node: DistributeNode, rank: number): void {
  const folder = join(node.root, `node-${rank}/opt/bin`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(node.directory, 'bin/flux'), join(folder, 'flux'));
}

/** A node with the wrapper of flux, and others beside it that have the same. */
async function nodeWithOthers(settings: Record<string, unknown> = {}, others = 0): Promise<DistributeNode> {
  const node = new DistributeNode(settings);
  await node.configure();
  for (let rank = 1; rank <= others; rank += 1) {
    giveFlux(node, rank);
  }
  return node;
}

const copies = (node: DistributeNode, folder = 'node-0/state/copies'): readonly string[] =>
  existsSync(join(node.root, folder)) ? readdirSync(join(node.root, folder)).sort() : [];
const name = (generation: number, sequence: number): string =>
  `state-${String(generation).padStart(6, '0')}-${String(sequence).padStart(8, '0')}.tar`;
const dump = async (node: DistributeNode, generation = 1): Promise<Copy> =>
  (await node.call('state.dump', generation)) as Copy;
const newest = async (
  node: DistributeNode,
  ...known: readonly unknown[]
): Promise<readonly unknown[] | null> => {
  const copy = (await node.call('state.newest_copy', ...known)) as Copy | null;
  return copy && [copy[0], copy[1], copy[2].replace(node.root, '')];
};

test('copies are numbered, readable by their owner only, and the newest two stay', async () => {
  const node = await nodeWithOthers();
  expect(await dump(node, 7)).toEqual([7, 1, join(node.state, 'copies', name(7, 1))]);
  await dump(node, 7);
  await dump(node, 8);
  expect(copies(node)).toEqual([name(7, 2), name(8, 3)]);
  expect(statSync(join(node.state, 'copies', name(8, 3))).mode & 0o777).toBe(0o600);
  expect(await newest(node)).toEqual([8, 3, `/node-0/state/copies/${name(8, 3)}`]);
});

test('without a copy there is none to restore', async () => {
  expect(await newest(await nodeWithOthers())).toBeNull();
});

test('a dump that fails, for want of room perhaps, or is cut off anywhere leaves the copy before it', async () => {
  const node = await nodeWithOthers();
  await dump(node);
  node.write('fails/dump', 'flux-dump: write: No space left on device');
  expect(await dump(node)).toBeNull();
  node.forget('fails/dump');
  for (const kind of ['cut', 'one']) {
    node.write('dump-kind', kind);
    expect(await dump(node)).toBeNull();
  }
  expect(copies(node)).toEqual([name(1, 1)]);
  const sentence = (cause: string): string =>
    `the state of the queue could not be saved (${cause}): the copy before it stays`;
  expect(node.sentences()).toEqual([
    sentence('flux-dump: write: No space left on device'),
    sentence('it is not whole'),
    sentence('it is not whole'),
  ]);
});

test('what a supervisor that was killed has left half done goes with the next dump', async () => {
  const node = await nodeWithOthers();
  node.write(`node-0/state/copies/.new-${name(1, 9)}`, 'half');
  await dump(node);
  expect(copies(node)).toEqual([name(1, 1)]);
});

test('a copy that is not whole is not restored, and the one before it is', async () => {
  const node = await nodeWithOthers();
  await dump(node);
  const [, , path] = await dump(node);
  truncateSync(path, 3000);
  expect(await newest(node)).toEqual([1, 1, `/node-0/state/copies/${name(1, 1)}`]);
  expect(node.sentences()).toEqual([`/node-0/state/copies/${name(1, 2)} is not whole: it is not restored`]);
});

test('copies of an earlier cluster of this name count less than the one that is known, and displace none', async () => {
  const node = await nodeWithOthers();
  await dump(node, 90);
  await dump(node, 91);
  const [, sequence] = await dump(node, 1);
  expect(sequence).toBe(3);
  expect(copies(node)).toEqual([name(1, 3), name(90, 1)]);
  expect((await newest(node, [1, 3]))?.slice(0, 2)).toEqual([1, 3]);
  // The one that is known is not here: what is older is at least of this cluster.
  expect((await newest(node, [5, 5]))?.slice(0, 2)).toEqual([1, 3]);
  // It may have come later than what is known.
  expect((await newest(node, [1, 2]))?.slice(0, 2)).toEqual([1, 3]);
  expect((await newest(node))?.slice(0, 2)).toEqual([90, 1]);
});

test('on other nodes as well the copies of an earlier cluster go first', async () => {
  const node = await nodeWithOthers({}, 1);
  for (const old of [name(90, 1), name(91, 2)]) node.write(`node-1/state/copies/${old}`, 'old');
  for (const sequence of [1, 2]) {
    expect((await dump(node))[1]).toBe(sequence);
    await node.call('state.copy_to', { 1: 'node-b' });
  }
  expect(copies(node, 'node-1/state/copies')).toEqual([name(1, 1), name(1, 2)]);
});

test('other nodes get a copy through Flux, mapped and not stored, check it, and keep the newest two', async () => {
  const node = await nodeWithOthers({}, 2);
  for (const round of [1, 2, 3]) {
    const copy = await dump(node);
    const hosts = await node.call(
      'state.copy_to',
      { 1: 'node-b', 2: 'node-c' },
      ...(round === 3 ? [copy] : []),
    );
    expect(hosts).toEqual(['node-b', 'node-c']);
  }
  const lead = readFileSync(join(node.state, 'copies', name(1, 3)));
  for (const rank of [1, 2]) {
    const folder = `node-${rank}/state/copies`;
    expect(copies(node, folder)).toEqual([name(1, 2), name(1, 3)]);
    expect(readFileSync(join(node.root, folder, name(1, 3)))).toEqual(lead);
    expect(statSync(join(node.root, folder, name(1, 3))).mode & 0o777).toBe(0o600);
  }
  const creates = node.calls('archive').filter((words) => words[1] === 'create');
  expect(creates.every((words) => words.includes('--mmap'))).toBe(true);
  expect(node.has('archive-flux-distribute-flux-state')).toBe(false);
  expect(node.sentences()).toEqual([]);
});

test('a node that has the copy already takes nothing', async () => {
  const node = await nodeWithOthers({}, 1);
  await dump(node);
  await node.call('state.copy_to', { 1: 'node-b' });
  const extracts = (): number => node.calls('archive').filter((words) => words[1] === 'extract').length;
  expect(extracts()).toBe(1);
  expect(await node.call('state.copy_to', { 1: 'node-b' })).toEqual(['node-b']);
  expect(extracts()).toBe(1);
});

test('nodes that nobody reaches, or where something else arrives, are left out with a sentence', async () => {
  const node = await nodeWithOthers({}, 3);
  await dump(node);
  node.write('down', '1');
  node.write('damage', 'node-2/');
  const hosts = await node.call('state.copy_to', { 1: 'node-b', 2: 'node-c', 3: 'node-d' });
  expect(hosts).toEqual(['node-d']);
  expect(copies(node, 'node-2/state/copies')).toEqual([]);
  expect(node.sentences()).toEqual([
    'node-b has no copy of the newest state (/node-0/opt/bin/flux: No route to host)',
    'node-c has no copy of the newest state (what arrived is not what was sent)',
  ]);
  expect(node.has('archive-flux-distribute-flux-state')).toBe(false);
});

test('an archive that a killed supervisor has left in Flux is no hindrance', async () => {
  const node = await nodeWithOthers({}, 1);
  await dump(node);
  node.write('archive-flux-distribute-flux-state', '/nowhere');
  expect(await node.call('state.copy_to', { 1: 'node-b' })).toEqual(['node-b']);
});

test('copying ends within its time, and leaves nothing half done on the other node', async () => {
  const node = new DistributeNode({}, ['state.LONGEST_COPY=11']);
  await node.configure();
  giveFlux(node, 1);
  await dump(node);
  node.write('archive-seconds', '8');
  const begin = Date.now();
  expect(await node.call('state.copy_to', { 1: 'node-b' })).toEqual([]);
  expect(Date.now() - begin).toBeLessThan(6000);
  expect(copies(node, 'node-1/state/copies')).toEqual([]);
  expect(node.sentences()).toEqual(['node-b has no copy of the newest state (it took longer than 1 s)']);
});

test('without copies or nodes nothing is asked of Flux', async () => {
  const node = await nodeWithOthers({}, 1);
  expect(await node.call('state.copy_to', { 1: 'node-b' })).toEqual([]);
  await dump(node);
  expect(await node.call('state.copy_to', {})).toEqual([]);
  expect(node.calls('archive')).toEqual([]);
});

test('a shared volume gets each copy as well, and another node restores from it', async () => {
  const first = new DistributeNode();
  const volume = join(first.root, 'volume');
  const node = await nodeWithOthers({ stateVolume: volume });
  for (let round = 0; round < 3; round += 1) await dump(node, 4);
  expect(copies(first, 'volume')).toEqual([name(4, 2), name(4, 3)]);
  const other = await nodeWithOthers({ stateVolume: volume });
  // The node itself has no volume: Flux reads the copy there.
  expect(await newest(other)).toEqual([4, 3, `/node-0/state/copies/${name(4, 3)}`]);
  expect(readFileSync(join(other.state, 'copies', name(4, 3)))).toEqual(
    readFileSync(join(volume, name(4, 3))),
  );
  expect((await dump(other, 5)).slice(0, 2)).toEqual([5, 4]);
});

test('a volume that can not be written is told, and the copy on the node counts all the same', async () => {
  const first = new DistributeNode();
  writeFileSync(join(first.root, 'volume'), 'not a folder');
  const node = await nodeWithOthers({ stateVolume: join(first.root, 'volume') });
  expect((await dump(node)).slice(0, 2)).toEqual([1, 1]);
  expect(node.sentences().at(-1)).toBe(
    'the state could not be saved on the volume (File exists): the copy before it stays there',
  );
  expect((await newest(node))?.slice(0, 2)).toEqual([1, 1]);
});
