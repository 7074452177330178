/** How supervisors watch the Kubernetes API, with servers that end watches in their own ways. */
import { ChildProcess, spawn } from 'node:child_process';
import { Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PYTHON } from '../../support/python';
import '../../support/real-processes';

jest.setTimeout(60_000);

const PROGRAM = join(__dirname, '../../support/distribute-watch.py');
const BOOKMARK = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '5' } } };
const CHANGE = { type: 'MODIFIED', object: { metadata: { resourceVersion: '6' }, data: { key: 'new' } } };

let server: Server;
let watcher: ChildProcess;
afterEach(() => {
  watcher.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
});

type Watched = 'configmaps' | 'nodes';

/** Has the program watch a server that answers watches so; the times at which each kind of watch began. */
async function watch(
  answer: (response: ServerResponse, what: Watched, count: number) => void,
  shortSeconds = 5,
): Promise<{ readonly began: Record<Watched, number[]>; readonly output: () => string }> {
  const began: Record<Watched, number[]> = { configmaps: [], nodes: [] };
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://server');
    const what = url.pathname.endsWith('/nodes') ? 'nodes' : 'configmaps';
    response.setHeader('Content-Type', 'application/json');
    if (url.searchParams.get('watch') === 'true') {
      began[what].push(Date.now());
      answer(response, what, began[what].length);
      return;
    }
    const object = { metadata: { name: 'flux-membership', resourceVersion: '4' }, data: { key: 'old' } };
    const items = what === 'nodes' ? [] : [object];
    response.end(JSON.stringify({ metadata: { resourceVersion: '4' }, items }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  watcher = spawn(PYTHON, [PROGRAM, String(shortSeconds)], {
    env: {
      PATH: process.env.PATH,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port),
      DISTRIBUTE_PLAIN_HTTP: 'true',
    },
  });
  let output = '';
  for (const stream of [watcher.stdout, watcher.stderr])
    stream?.on('data', (text: Buffer) => (output += text.toString()));
  return { began, output: () => output };
}

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));
const line = (event: object): string => `${JSON.stringify(event)}\n`;
const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0));

test.each([
  ['nothing', ''],
  ['a bookmark', line(BOOKMARK)],
])('a watch that ends at once with %s is taken up again less and less often', async (_, text) => {
  const { began } = await watch((response) => response.end(text));
  await seconds(5);
  for (const times of [began.configmaps, began.nodes]) {
    expect(times.length).toBeGreaterThan(2);
    expect(times.length).toBeLessThan(8);
    expect(Math.max(...gaps(times))).toBeGreaterThan(900);
  }
});

test('a watch that lasts without a word is taken up again after a moment', async () => {
  const hold = (response: ServerResponse): void => {
    response.flushHeaders();
    setTimeout(() => response.end(), 300);
  };
  const { began } = await watch(hold, 0.2);
  await seconds(5);
  for (const times of [began.configmaps, began.nodes]) {
    expect(times.length).toBeGreaterThan(5);
    expect(Math.min(...gaps(times))).toBeGreaterThan(500);
  }
});

test('what changes after watches that were cut off is seen', async () => {
  const { output } = await watch((response, what, count) => {
    if (count < 3) response.end();
    else if (what === 'configmaps') response.write(line(CHANGE));
  });
  await seconds(4);
  expect(output()).toContain('"data": {"key": "new"}');
});
