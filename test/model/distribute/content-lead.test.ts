/** What the lead of a ContentDistribution gets from outside, and folders that it has. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { RequestListener, Server, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { ContentNodes, Ended, bytes } from '../../support/content-nodes';

jest.setTimeout(60_000);

const DATA = bytes(2_500_000, 3);
const SHA256 = createHash('sha256').update(DATA).digest('hex');

let nodes: ContentNodes;
const servers: Server[] = [];
afterEach(() => {
  nodes.remove();
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Has a file downloaded and brought to all nodes. */
async function downloaded(answer: RequestListener, settings: object = {}): Promise<Ended> {
  const url = `${await serve(answer)}/data`;
  nodes = new ContentNodes(3);
  return nodes.run({ files: [{ url, sha256: SHA256, target: nodes.path('data/set') }], ...settings });
}

test('a file is downloaded once, by the lead', async () => {
  let requests = 0;
  const { code } = await downloaded((_, response) => {
    requests += 1;
    response.end(DATA);
  });
  expect([code, requests, nodes.withContent('data/set', DATA)]).toEqual([0, 1, [0, 1, 2]]);
});

test('a download that breaks off goes on where it was', async () => {
  const ranges: (string | undefined)[] = [];
  const { code } = await downloaded((request, response) => {
    ranges.push(request.headers.range);
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'Content-Length': DATA.length - start });
    if (start > 0) response.end(DATA.subarray(start));
    else response.write(DATA.subarray(0, 1_500_000), () => setTimeout(() => response.destroy(), 200));
  });
  expect([code, nodes.withContent('data/set', DATA)]).toEqual([0, [0, 1, 2]]);
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
});

test('a server that is away for a moment is asked again', async () => {
  let requests = 0;
  const { code } = await downloaded((_, response) => {
    requests += 1;
    if (requests === 1) response.writeHead(503).end();
    else response.end(DATA);
  });
  expect([code, requests]).toEqual([0, 2]);
});

test.each([
  ['another file', 200, `its sha256 is ${createHash('sha256').update('x').digest('hex')}, not ${SHA256}`],
  ['nothing', 404, 'the server said 404 Not Found'],
])('a server that has %s is told in one sentence, and no node gets anything', async (_, status, sentence) => {
  const { code, output } = await downloaded((__, response) => {
    response.writeHead(status).end('x');
  });
  expect(code).toBe(1);
  expect(output).toMatch(/^node-2 +failed +\S+ +http:\S+ can't be downloaded on the lead's node: /m);
  expect(output).toContain(sentence);
  expect(output).not.toContain('Traceback');
  expect(nodes.asked('receive')).toEqual([]);
});

test('downloads go through the proxy of the settings', async () => {
  const asked: string[] = [];
  const proxy = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.end(DATA);
  });
  nodes = new ContentNodes(2);
  const files = [{ url: 'http://outside.example/data', sha256: SHA256, target: nodes.path('data/set') }];
  const { code } = await nodes.run({ files, proxy: { http: proxy } });
  expect([code, asked]).toEqual([0, ['http://outside.example/data']]);
});

/** A folder on the lead with what folders may have. */
function folder(): object {
  nodes = new ContentNodes(3);
  nodes.write('node-0/home/set/a/b.txt', 'text');
  nodes.write('node-0/home/set/run.sh', '#!/bin/sh\n');
  nodes.write('node-0/home/set/big', DATA);
  chmodSync(nodes.on(0, 'home/set/run.sh'), 0o755);
  mkdirSync(nodes.on(0, 'home/set/empty'));
  symlinkSync('a/b.txt', nodes.on(0, 'home/set/link'));
  return { files: [{ path: nodes.path('home/set'), target: nodes.path('data/set') }] };
}

test('a folder arrives with its modes, links and empty folders', async () => {
  const settings = folder();
  const { code } = await nodes.run(settings);
  expect(code).toBe(0);
  for (const rank of [0, 1, 2]) {
    expect(nodes.read(rank, 'data/set/a/b.txt')).toBe('text');
    expect(readFileSync(nodes.on(rank, 'data/set/big')).equals(DATA)).toBe(true);
    expect(lstatSync(nodes.on(rank, 'data/set/run.sh')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(nodes.on(rank, 'data/set/link'))).toBe('a/b.txt');
    expect(readdirSync(nodes.on(rank, 'data/set/empty'))).toEqual([]);
    expect(readdirSync(nodes.on(rank, 'data'))).toEqual(['set']);
  }
});

test('a folder that is there already is not sent, one that differs is replaced as a whole', async () => {
  const settings = folder();
  await nodes.run(settings);
  nodes.forgetCalls();
  expect((await nodes.run(settings)).output).toContain('3 already there');
  expect(nodes.asked('receive')).toEqual([]);
  nodes.write('node-1/data/set/more', 'of this node');
  writeFileSync(nodes.on(2, 'data/set/a/b.txt'), 'other text');
  expect((await nodes.run(settings)).code).toBe(0);
  expect([nodes.has(1, 'data/set/more'), nodes.read(2, 'data/set/a/b.txt')]).toEqual([false, 'text']);
  expect(nodes.withContent('data/set/big', DATA)).toEqual([0, 1, 2]);
  chmodSync(nodes.on(1, 'data/set/run.sh'), 0o644);
  expect((await nodes.run(settings)).code).toBe(0);
  expect(lstatSync(nodes.on(1, 'data/set/run.sh')).mode & 0o777).toBe(0o755);
});

test('a folder stands in the way of a file, and stays', async () => {
  nodes = new ContentNodes(2);
  nodes.write('node-0/home/data', DATA);
  nodes.write('node-1/data/set/own', 'of this node');
  const { code, output } = await nodes.run({
    files: [{ path: nodes.path('home/data'), target: nodes.path('data/set') }],
  });
  expect([code, nodes.read(1, 'data/set/own')]).toEqual([1, 'of this node']);
  expect(output).toMatch(/^node-1 +failed +\S+ +\S+data\/set is a folder on this node: remove it/m);
});

test('several contents come one after the other, and one that fails keeps none of the others', async () => {
  nodes = new ContentNodes(2);
  nodes.write('node-0/home/one', 'one');
  nodes.write('node-0/home/two', 'two');
  const files = ['one', 'none', 'two'].map((name) => ({
    path: nodes.path(`home/${name}`),
    target: nodes.path(`data/${name}`),
  }));
  const { code } = await nodes.run({ files });
  expect([code, nodes.read(1, 'data/one'), nodes.read(1, 'data/two')]).toEqual([1, 'one', 'two']);
});

test('settings that are none are told in one sentence', async () => {
  nodes = new ContentNodes(2);
  const { code, output } = await nodes.run({ images: 'ubuntu' });
  expect(code).toBe(1);
  expect(output).toMatch(/^flux-distribute: the settings at \S+ are not those of a ContentDistribution\n$/);
});
