/** Files that are distributed over Flux's tree: which nodes get which pieces. */
import { chmodSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { ContentNodes, DATA, bytes, until } from '../../support/content-nodes';

jest.setTimeout(60_000);

let nodes: ContentNodes;
afterEach(() => {
  nodes.remove();
});

function prepare(size = 3, settings: object = {}): object {
  nodes = ContentNodes.withData(size);
  return nodes.dataEverywhere(settings);
}

test('every node gets each piece of the file once, whole, and nothing else stays', async () => {
  const settings = prepare();
  const { code, output } = await nodes.run(settings);
  expect(output).toContain('3 done, 0 already there, 0 failed');
  expect(code).toBe(0);
  expect(nodes.withContent('data/set', DATA)).toEqual([0, 1, 2]);
  expect(nodes.sent()).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  expect([nodes.leftovers(), nodes.archives()]).toEqual([[], []]);
});

test('the log tells of each piece how many nodes have it, and in the end what became of each node', async () => {
  const settings = prepare();
  const { output } = await nodes.run(settings);
  expect(output).toMatch(
    /flux-distribute: \S+data\/set: piece 4 of 4, on 2 of 2 nodes, \d+\.\d MB\/s for each\n/,
  );
  expect(output).toMatch(/^node-0 +done +\S+data\/set$/m);
  expect(output).toMatch(/^node-2 +done +\S+data\/set$/m);
});

test('a second run asks each node once and sends nothing', async () => {
  const settings = prepare();
  await nodes.run(settings);
  nodes.forgetCalls();
  const { code, output } = await nodes.run(settings);
  expect([code, nodes.asked('receive'), nodes.asked('source')]).toEqual([0, [], []]);
  expect(
    nodes
      .asked('status')
      .map(({ rank }) => rank)
      .sort(),
  ).toEqual([0, 1, 2]);
  expect(output).toContain('0 done, 3 already there, 0 failed');
});

test('only a node where the file is gone or another one is sent to', async () => {
  const settings = prepare();
  await nodes.run(settings);
  nodes.forgetCalls();
  const other = Buffer.from(DATA);
  other[5] = (other[5] ?? 0) ^ 1;
  const { atime, mtime } = statSync(nodes.on(2, 'data/set'));
  writeFileSync(nodes.on(2, 'data/set'), other);
  utimesSync(nodes.on(2, 'data/set'), atime, mtime);
  expect((await nodes.run(settings)).code).toBe(0);
  expect(nodes.withContent('data/set', DATA)).toEqual([0, 1, 2]);
  expect(nodes.sent()).toEqual([[2], [2], [2], [2]]);
});

test('another file under the same path on the lead goes to all nodes', async () => {
  const settings = prepare();
  await nodes.run(settings);
  const newer = bytes(1_200_000, 9);
  nodes.write('node-0/home/data', newer);
  expect((await nodes.run(settings)).code).toBe(0);
  expect(nodes.withContent('data/set', newer)).toEqual([0, 1, 2]);
});

test('the file has the mode of the option, or else of the one on the lead', async () => {
  const settings = prepare(2);
  chmodSync(nodes.on(0, 'home/data'), 0o750);
  await nodes.run(settings);
  expect(statSync(nodes.on(1, 'data/set')).mode & 0o777).toBe(0o750);
  const files = [{ path: nodes.path('home/data'), target: nodes.path('data/set'), mode: '0444' }];
  nodes.forgetCalls();
  expect((await nodes.run({ files })).code).toBe(0);
  expect(statSync(nodes.on(1, 'data/set')).mode & 0o777).toBe(0o444);
  expect(nodes.asked('receive')).toEqual([]);
});

test('an empty file is a file', async () => {
  const settings = prepare(2);
  nodes.write('node-0/home/data', '');
  expect((await nodes.run(settings)).code).toBe(0);
  expect(nodes.withContent('data/set', Buffer.alloc(0))).toEqual([0, 1]);
});

test('nodes that have left the cluster are neither waited for nor missed', async () => {
  const settings = prepare(3);
  nodes.write('gone-2', '');
  nodes.write('membership.json', JSON.stringify({ hosts: 'node-[0-2]', gone: '2' }));
  const { code, output } = await nodes.run(settings);
  expect([code, output.includes('node-2')]).toEqual([0, false]);
});

test('only the nodes that are asked for get it, and one that is not there is missed', async () => {
  const settings = prepare(4, { nodes: 'node-[1,3]' });
  expect((await nodes.run(settings)).code).toBe(0);
  expect(nodes.withContent('data/set', DATA)).toEqual([1, 3]);
  const { code, output } = await nodes.run({ ...settings, nodes: 'node-[1,9]' });
  expect(code).toBe(1);
  expect(output).toMatch(/^node-9 +failed +\S+ +it is no node of this Flux$/m);
});

test('no more nodes at once than are allowed', async () => {
  const settings = prepare(6, { parallelism: 2 });
  expect((await nodes.run(settings)).code).toBe(0);
  expect(nodes.withContent('data/set', DATA)).toEqual([0, 1, 2, 3, 4, 5]);
  const batches = nodes
    .lines('calls')
    .map((line) => line.split('\t'))
    .filter(([, verb, , action]) => verb === 'exec' && action === 'receive')
    .map(([, , ranks = '']) => ranks.split(','));
  expect(batches.every((ranks) => ranks.length <= 2)).toBe(true);
  expect(batches).toHaveLength(12);
});

test('a node gets no more bytes a second than are allowed, in smaller pieces', async () => {
  const settings = prepare(2, { bytesPerSecond: 400_000 });
  const began = Date.now();
  expect((await nodes.run(settings)).code).toBe(0);
  expect(Date.now() - began).toBeGreaterThan(8_500);
  const each = nodes.asked('receive').map(({ request }) => request.length);
  expect(Math.max(...each.map(Number))).toBe(400_000);
});

test('the deadline ends a run with what is missing, and the next one goes on', async () => {
  const settings = prepare(2, { bytesPerSecond: 700_000, deadlineSeconds: 3 });
  const { code, output } = await nodes.run(settings);
  expect(code).toBe(1);
  expect(output).toContain('3 s are over: what is there stays, and is not sent again');
  expect(output).toMatch(/^node-1 +failed +\S+ +no time was left$/m);
  nodes.forgetCalls();
  await nodes.run({ ...settings, deadlineSeconds: 30 });
  expect(nodes.withContent('data/set', DATA)).toEqual([0, 1]);
  expect(nodes.asked('receive').map(({ request }) => request.index)).not.toContain(0);
});

test('with keep a node that joins gets it, one that lost it gets it again, and nothing is told in between', async () => {
  const settings = prepare(3, { keep: true, checkSeconds: 1 });
  nodes.write('gone-2', '');
  const run = nodes.start(settings);
  await until(() => run.output().includes('2 done'));
  nodes.removeFile('gone-2');
  await until(() => nodes.withContent('data/set', DATA).length === 3);
  nodes.removeFile('node-1/data/set');
  await until(() => nodes.withContent('data/set', DATA).length === 3);
  await until(() => (run.output().match(/^NODE/gm) ?? []).length === 3);
  const rounds = (): number => nodes.asked('status').filter(({ rank }) => rank === 0).length;
  const before = rounds();
  await until(() => rounds() >= before + 2);
  expect(run.output().match(/^NODE/gm)).toHaveLength(3);
  expect(run.child.exitCode).toBeNull();
});

test('with keep a node that fails is tried less and less often, and the others go on', async () => {
  const settings = prepare(3, { keep: true });
  nodes.write('full-1', '');
  const run = nodes.start(settings);
  await until(() => nodes.asked('status').filter(({ rank }) => rank === 0).length >= 5);
  expect(nodes.asked('source').length).toBeLessThan(4);
  expect(nodes.withContent('data/set', DATA)).toEqual([0, 2]);
  expect(run.child.exitCode).toBeNull();
  nodes.removeFile('full-1');
  await until(() => nodes.withContent('data/set', DATA).length === 3);
});

test.each([
  ['the lead is away', 'gone-0', "its broker can't be reached any more"],
  ['the broker has lost the one above it', 'cut-off', 'has lost the one above it'],
])('with keep nothing is told to have failed while %s for a moment', async (_, fault, sentence) => {
  const settings = prepare(3, { keep: true, checkSeconds: 1 });
  const run = nodes.start(settings);
  await until(() => run.output().includes('3 done'));
  nodes.write(fault, '');
  await until(() => run.output().includes("waiting for the lead's node ("));
  expect(run.output()).toContain(sentence);
  nodes.removeFile(fault);
  nodes.removeFile('node-1/data/set');
  await until(() => nodes.withContent('data/set', DATA).length === 3);
  await until(() => run.output().includes('1 done'));
  expect(run.output()).not.toMatch(/^node-\d +failed/m);
  expect(run.output().split("waiting for the lead's node")).toHaveLength(2);
});

test('a lead that stays away is told in the end', async () => {
  const settings = prepare(2);
  nodes.write('gone-0', '');
  const { code, output } = await nodes.run(settings);
  expect(code).toBe(1);
  expect(output).toMatch(/^node-1 +failed +\S+ +the lead's node node-0 gave no answer: its broker can't be/m);
});
