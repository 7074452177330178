/** What goes wrong while files are distributed: pieces, nodes, brokers, drivers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('a piece that arrives wrong is not taken, and is sent once more', async () => {
  const settings = prepare();
  nodes.write('corrupt-2', '1');
  const { code, output } = await nodes.run(settings);
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([0, [0, 1, 2]]);
  expect(output).toContain('node-2: piece 1 arrived with a wrong checksum; it gets another try');
  expect(nodes.sent()).toEqual([
    [1, 2, 2],
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

test('a node where pieces keep arriving wrong is left out, told, and has nothing wrong in place', async () => {
  const settings = prepare();
  nodes.write('corrupt-2', '99');
  const { code, output } = await nodes.run(settings);
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([1, [0, 1]]);
  expect(output).toMatch(/^node-2 +failed +\S+data\/set +piece 1 arrived with a wrong checksum$/m);
  expect([nodes.has(2, 'data/set'), nodes.leftovers()]).toEqual([false, []]);
});

test.each([
  ['goes away', 'gone-1', "its broker can't be reached any more", 'after-offer'],
  ['says nothing more', 'silent-1', 'nothing was heard of it for 4 s', 'after-offer'],
  ['gets no data', 'stuck-1', 'nothing arrived for 1 s: is the network between the nodes overloaded?', ''],
])('a node that %s holds nobody up', async (_, fault, sentence, after) => {
  const settings = prepare();
  if (after) nodes.write(after, `touch ${join(nodes.root, fault)}`);
  else nodes.write(fault, '');
  const { code, output } = await nodes.run(settings);
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([1, [0, 2]]);
  expect(output).toMatch(/^node-1 +failed/m);
  expect(output).toContain(sentence);
});

test('a node without room is told in one sentence, gets no second try and keeps nothing', async () => {
  const settings = prepare();
  nodes.write('full-1', '');
  const { code, output } = await nodes.run(settings);
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([1, [0, 2]]);
  expect(output).toContain('No space left on device; it is left out');
  expect(nodes.sent()[0]).toEqual([1, 2]);
  expect(nodes.leftovers()).toEqual([]);
});

test('a driver that was killed is followed by one that sends only the pieces that are missing', async () => {
  const settings = prepare(3, { bytesPerSecond: 2_500_000 });
  const first = nodes.start(settings);
  await until(() => nodes.sent().length >= 2 && nodes.asked('receive').length >= 4);
  await until(() => first.output().includes('piece 2 of 4'));
  process.kill(-(first.child.pid ?? 0), 'SIGKILL');
  await first.ended;
  expect(nodes.archives()).toHaveLength(1);
  nodes.forgetCalls();
  const { code } = await nodes.run(settings);
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([0, [0, 1, 2]]);
  const again = nodes.asked('receive').map(({ request }) => request.index);
  expect([...new Set(again)]).toEqual([2, 3]);
  expect([nodes.leftovers(), nodes.archives()]).toEqual([[], []]);
});

test('a driver that is asked to end leaves nothing of what was on its way', async () => {
  const settings = prepare(3, { bytesPerSecond: 1_200_000 });
  const first = nodes.start(settings);
  await until(() => first.output().includes('piece 1 of 4'));
  expect(nodes.leftovers().filter((name) => name.endsWith('.part'))).toHaveLength(2);
  first.child.kill('SIGTERM');
  expect((await first.ended).code).toBe(143);
  expect([nodes.leftovers(), nodes.archives()]).toEqual([[], []]);
  expect(first.output()).toContain('is told to end: what was on its way is removed from the nodes\n');
  expect(first.output()).not.toContain('may be left');
});

test('a driver that is asked to end waits for no node, and names those where something may be left', async () => {
  const settings = prepare(3, { bytesPerSecond: 1_200_000 });
  const first = nodes.start(settings);
  await until(() => first.output().includes('piece 1 of 4'));
  nodes.write('gone-2', '');
  const told = Date.now();
  first.child.kill('SIGTERM');
  await first.ended;
  expect(Date.now() - told).toBeLessThan(10_000);
  expect(nodes.leftovers().filter((name) => name.endsWith('.part'))).toHaveLength(1);
  expect(first.output()).toContain('pieces may be left on node-2: another run of this name removes them');
});

test('a driver that is asked to end while it only looks has the nodes do nothing', async () => {
  const settings = prepare(2, { keep: true, checkSeconds: 30 });
  const run = nodes.start(settings);
  await until(() => run.output().includes('2 done'));
  nodes.forgetCalls();
  run.child.kill('SIGTERM');
  expect((await run.ended).code).toBe(143);
  expect(nodes.asked()).toEqual([]);
});

test('brokers that were restarted with other ranks are waited for, and nothing is sent twice', async () => {
  const settings = prepare(3, { bytesPerSecond: 2_500_000 });
  // While piece 2 is being sent both others lose their brokers, and come back as a new instance.
  nodes.write(
    'after-receive',
    `cd ${nodes.root}; touch down gone-1 gone-2; (sleep 1; rm down gone-1 gone-2; echo 2 > starttime) > /dev/null 2>&1 &`,
  );
  const { code, output } = await nodes.run(settings);
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([0, [0, 1, 2]]);
  expect(output).toContain('the brokers were restarted meanwhile');
  expect(nodes.sent()).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

test('a broker that is not up is waited for, which is told once', async () => {
  const settings = prepare(2);
  nodes.write('down', '');
  const run = nodes.start(settings);
  await until(() => run.output().includes('waiting for the broker of this node'));
  setTimeout(() => nodes.removeFile('down'), 500);
  const { code, output } = await run.ended;
  expect([code, output.split('waiting for the broker').length]).toEqual([0, 2]);
});

test('a broker that never comes up ends the run with a sentence', async () => {
  const settings = prepare(2);
  nodes.write('down', '');
  const { code, output } = await nodes.run(settings);
  expect(code).toBe(1);
  expect(output).toContain("the broker of this node is not up: look at the log of the FluxDistribute's pod");
});

test('nodes that have not joined yet are waited for', async () => {
  const settings = prepare(3);
  nodes.waitForAbsent(25);
  nodes.write('gone-2', '');
  const run = nodes.start(settings);
  await until(() => run.output().includes('waiting for node-2'));
  nodes.removeFile('gone-2');
  const { code } = await run.ended;
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([0, [0, 1, 2]]);
});

test('a file that changes while it is sent is told, and never arrives mixed', async () => {
  const settings = prepare(2, { bytesPerSecond: 1_500_000 });
  const newer = bytes(3_500_000, 11);
  const run = nodes.start(settings);
  await until(() => run.output().includes('piece 1 of 4'));
  writeFileSync(nodes.on(0, 'home/data'), newer);
  const { output } = await run.ended;
  expect(output).toContain('has changed meanwhile');
  expect(nodes.has(1, 'data/set') ? readFileSync(nodes.on(1, 'data/set')).equals(newer) : true).toBe(true);
});

test('what is no file on the lead is told in one sentence', async () => {
  nodes = new ContentNodes(2);
  const { code, output } = await nodes.run({
    files: [{ path: nodes.path('home/none'), target: nodes.path('data/set') }],
  });
  expect(code).toBe(1);
  expect(output).toMatch(/^node-1 +failed +\S+ +can't read \S+home\/none: No such file or directory$/m);
  expect(output).not.toContain('Traceback');
});

test('pieces of a content that is wanted no more are removed', async () => {
  const settings = prepare(2, { bytesPerSecond: 1_500_000 });
  const run = nodes.start(settings);
  await until(() => run.output().includes('piece 2 of 4'));
  process.kill(-(run.child.pid ?? 0), 'SIGKILL');
  expect(nodes.leftovers().some((name) => name.endsWith('.part'))).toBe(true);
  nodes.write('node-0/home/other', 'other');
  const files = [{ path: nodes.path('home/other'), target: nodes.path('data/other') }];
  expect((await nodes.run({ files })).code).toBe(0);
  expect(nodes.leftovers()).toEqual([]);
});

test('a folder that was being replaced when its node went down is there again', async () => {
  const settings = prepare(2);
  nodes.write('node-1/state/content/content/feed/beside.json', `{"target": "${nodes.on(1, 'data/tree')}"}`);
  nodes.write('node-1/data/.tree.feed.old/file', 'before');
  nodes.write('node-1/data/.tree.feed.new/file', 'half');
  expect((await nodes.run(settings)).code).toBe(0);
  expect([nodes.read(1, 'data/tree/file'), nodes.leftovers()]).toEqual(['before', []]);
});
