/** Images that are distributed: pulled once by the lead, and imported by containerd of each node. */
import { Server, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ContentNodes, until } from '../../support/content-nodes';

jest.setTimeout(60_000);

const NAME = 'ghcr.io/rse-ops/lammps:1.0';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const BY_DIGEST = `ghcr.io/rse-ops/lammps@${DIGEST}`;
const HERE = process.arch === 'arm64' ? 'arm64' : 'amd64';

let nodes: ContentNodes;
const servers: Server[] = [];
afterEach(() => {
  nodes.remove();
  for (const server of servers.splice(0)) server.close();
});

function prepare(size = 3): void {
  nodes = new ContentNodes(size);
  nodes.publish(NAME, DIGEST, `linux-${HERE}`);
}

test('the lead pulls once, and every node has the image under the names that pods use', async () => {
  prepare();
  const { code, output } = await nodes.run({ images: [NAME] });
  expect(output).toContain('3 done');
  expect(code).toBe(0);
  for (const rank of [0, 1, 2]) expect(nodes.images(rank)).toEqual([NAME, BY_DIGEST]);
  expect(nodes.ctr('content fetch')).toEqual([
    expect.stringMatching(
      new RegExp(`^node-0 .*--namespace flux-distribute .*--platform linux/${HERE} ${NAME}$`),
    ),
  ]);
  expect(nodes.sent()).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

test('what was pulled is not kept beside, and no tar stays on a node', async () => {
  prepare(2);
  await nodes.run({ images: [NAME] });
  expect(nodes.images(0, 'flux-distribute')).toEqual([]);
  for (const rank of [0, 1]) expect(nodes.has(rank, 'state/content/content')).toBe(false);
});

test('a second run pulls nothing and imports nothing', async () => {
  prepare();
  await nodes.run({ images: [NAME] });
  nodes.forgetCalls();
  const { code, output } = await nodes.run({ images: [NAME] });
  expect([code, nodes.ctr('fetch'), nodes.ctr('import'), nodes.asked('source')]).toEqual([0, [], [], []]);
  expect(output).toContain('0 done, 3 already there');
});

test('an image that the kubelet removed from a node comes from the lead, not from outside', async () => {
  prepare();
  await nodes.run({ images: [NAME] });
  for (const name of [NAME, BY_DIGEST]) nodes.removeFile(`node-2/images/k8s.io/${name.replaceAll('/', '%')}`);
  nodes.forgetCalls();
  expect((await nodes.run({ images: [NAME] })).code).toBe(0);
  expect(nodes.images(2)).toEqual([NAME, BY_DIGEST]);
  expect([nodes.ctr('fetch'), nodes.sent()]).toEqual([[], [[2], [2], [2]]]);
});

test('nodes have one and the same image, also if its tag has been moved since', async () => {
  prepare();
  await nodes.run({ images: [NAME], nodes: 'node-[1-2]' });
  expect(nodes.images(0)).toEqual([]);
  nodes.publish(NAME, OTHER, `linux-${HERE}`);
  expect((await nodes.run({ images: [NAME] })).code).toBe(0);
  for (const rank of [0, 1, 2]) expect(nodes.images(rank)).toEqual([NAME, BY_DIGEST]);
});

test('an image whose layers containerd has dropped after unpacking them counts as there', async () => {
  prepare(2);
  for (const rank of [0, 1]) nodes.addImage(rank, NAME, { digest: DIGEST, complete: false, unpacked: true });
  const { code } = await nodes.run({ images: [NAME] });
  expect([code, nodes.ctr('import')]).toEqual([0, []]);
});

test('an image of which only the name is there is brought once more', async () => {
  prepare(2);
  nodes.addImage(1, NAME, { digest: DIGEST, complete: false, unpacked: false });
  const { code } = await nodes.run({ images: [NAME] });
  expect([code, nodes.ctr('import').length]).toEqual([0, 2]);
});

test('an import that fails is tried again without sending the pieces again', async () => {
  prepare(2);
  nodes.write('node-1/import-fails', '1\nconnection refused');
  const { code, output } = await nodes.run({ images: [NAME] });
  expect([code, nodes.images(1)]).toEqual([0, [NAME, BY_DIGEST]]);
  expect(output).toContain(
    "node-1: containerd doesn't take the image: ctr: connection refused; it gets another try",
  );
  expect(nodes.sent()).toEqual([[1], [1], [1]]);
});

test('a node whose disk is full is told, keeps neither half an image nor its tar, and gets no second try', async () => {
  prepare(3);
  nodes.write('node-1/import-fails', '9\nwrite blob: no space left on device');
  const { code, output } = await nodes.run({ images: [NAME] });
  expect(code).toBe(1);
  expect(output).toMatch(
    /^node-1 +failed +\S+ +containerd doesn't take the image: .*no space left on device$/m,
  );
  expect([nodes.images(1), nodes.images(2)]).toEqual([[], [NAME, BY_DIGEST]]);
  expect(nodes.ctr('import').filter((line) => line.startsWith('node-1'))).toHaveLength(1);
  expect(nodes.has(1, 'state/content/content')).toBe(false);
});

test('a node without containerd is told in one sentence, and the others get the image', async () => {
  prepare(3);
  nodes.removeFile('node-1/containerd.sock');
  const { code, output } = await nodes.run({ images: [NAME] });
  expect([code, nodes.images(2)]).toEqual([1, [NAME, BY_DIGEST]]);
  expect(output).toMatch(
    /^node-1 +failed +\S+ +no containerd was found on this node at \S+ with \S+: name its socket/m,
  );
});

test('a registry that has no such image is told, and is asked once only', async () => {
  prepare(2);
  const { code, output } = await nodes.run({ images: ['ghcr.io/rse-ops/none:1'] });
  expect(code).toBe(1);
  expect(output).toMatch(
    /^node-1 +failed +\S+ +the lead's node can't pull ghcr\.io\/rse-ops\/none:1: .*not found$/m,
  );
  expect(nodes.ctr('content fetch')).toHaveLength(1);
});

test.each([
  ['ubuntu', ['docker.io/library/ubuntu:latest']],
  ['rse/lammps:1', ['docker.io/rse/lammps:1']],
  ['localhost:5000/a/b', ['localhost:5000/a/b:latest']],
  [`ghcr.io/a/b@${DIGEST}`, [`ghcr.io/a/b@${DIGEST}`]],
  [`ghcr.io/a/b:1@${DIGEST}`, [`ghcr.io/a/b@${DIGEST}`, `ghcr.io/a/b:1`]],
])('%s is the image that a pod with this name looks for', async (given, names) => {
  nodes = new ContentNodes(2);
  nodes.publish(names[0] ?? '', DIGEST, `linux-${HERE}`);
  if (given.includes('@')) nodes.publish('ghcr.io/a/b:1', DIGEST, `linux-${HERE}`);
  expect((await nodes.run({ images: [given] })).code).toBe(0);
  for (const name of names) expect(nodes.images(1)).toContain(name);
});

test('a ctr of containerd 1, which knows no --local, is not given it', async () => {
  prepare(2);
  for (const rank of [0, 1]) nodes.write(`node-${rank}/old`, '');
  expect((await nodes.run({ images: [NAME] })).code).toBe(0);
});

/** A registry that hands out tokens, as Docker Hub does, or takes passwords, as ECR does. */
async function registry(challenge: 'bearer' | 'basic'): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? '-'}`);
    if (request.url?.startsWith('/token')) {
      const refused = request.headers.authorization !== `Basic ${SECRET}`;
      response.writeHead(refused ? 401 : 200).end(JSON.stringify({ token: 'token-for-a-while' }));
      return;
    }
    const realm = `http://${host}/token`;
    const header = challenge === 'bearer' ? `Bearer realm="${realm}",service="reg"` : 'Basic realm="reg"';
    response.writeHead(401, { 'WWW-Authenticate': header }).end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  return { host, asked };
}

const SECRET = Buffer.from('user:pass-word-of-the-registry').toString('base64');

async function pulledWith(
  challenge: 'bearer' | 'basic',
  header: string,
  entries: (host: string) => object,
): Promise<{ code: number; output: string; asked: string[]; host: string }> {
  nodes = new ContentNodes(2);
  const { host, asked } = await registry(challenge);
  nodes.publish(`${host}/a/b:1`, DIGEST, `linux-${HERE}`);
  nodes.write('authorization', `Authorization = "${header}"`);
  nodes.write('pull.json', JSON.stringify({ auths: entries(host) }));
  const ended = await nodes.run({ images: [`${host}/a/b:1`], pullSecret: true });
  return { ...ended, asked, host };
}

test('a registry with tokens is asked for one with the credentials, and ctr gets the token in a file of mode 0600', async () => {
  const { code, asked, host } = await pulledWith('bearer', 'Bearer token-for-a-while', (name) => ({
    [name]: { auth: SECRET },
  }));
  expect(code).toBe(0);
  expect(asked).toEqual(['/v2/ -', `/token?scope=repository%3Aa%2Fb%3Apull&service=reg Basic ${SECRET}`]);
  const [path, mode, text] = JSON.parse(nodes.lines('hosts')[0] ?? '') as string[];
  expect([path, mode]).toEqual([expect.stringMatching(`/${host}/hosts.toml$`), '0o600']);
  expect(text).toContain(`[host."http://${host}".header]`);
});

test('a registry that wants the password itself gets it', async () => {
  const { code } = await pulledWith('basic', `Basic ${SECRET}`, (name) => ({
    [`http://${name}/v2/`]: { username: 'user', password: 'pass-word-of-the-registry' },
  }));
  expect(code).toBe(0);
});

test('credentials are in no argument, in no output, with no other node, and in no file afterwards', async () => {
  const { output } = await pulledWith('bearer', 'Bearer token-for-a-while', (name) => ({
    [name]: { auth: SECRET },
  }));
  const secrets = [SECRET, 'pass-word-of-the-registry', 'token-for-a-while'];
  const [path = ''] = JSON.parse(nodes.lines('hosts')[0] ?? '') as string[];
  expect(readdirSync(join(path, '../../..'))).not.toContain(path.split('/').at(-3));
  const others = nodes.asked().filter(({ rank, action }) => rank !== 0 || action !== 'source');
  for (const secret of secrets) {
    expect(output).not.toContain(secret);
    for (const name of ['calls', 'ctr'])
      expect(readFileSync(join(nodes.root, name), 'utf8')).not.toContain(secret);
    expect(JSON.stringify(others)).not.toContain(secret);
  }
});

test('what a pull that was killed has left of credentials is removed', async () => {
  prepare(2);
  await nodes.run({ images: [NAME] });
  const content = nodes.asked('source')[0]?.request.content as { key: string };
  const left = `/dev/shm/flux-distribute-pull-${content.key}-x`;
  mkdirSync(left);
  try {
    await nodes.run({ images: [NAME] });
    expect(existsSync(left)).toBe(false);
  } finally {
    rmSync(left, { recursive: true, force: true });
  }
});

test('credentials that are refused are told without them, and the registry is not asked again and again', async () => {
  const { code, output, asked } = await pulledWith('bearer', 'Bearer x', (name) => ({
    [name]: { auth: 'd3Jvbmc=' },
  }));
  expect(code).toBe(1);
  expect(output).toMatch(
    /the lead's node can't pull \S+: localhost:\d+ refuses the credentials of the pull secret/,
  );
  expect([output.includes('d3Jvbmc'), asked.length]).toEqual([false, 2]);
});

test('credentials for another registry are not used', async () => {
  const { code, asked } = await pulledWith('bearer', 'Bearer x', () => ({
    'https://index.docker.io/v1/': { auth: SECRET },
  }));
  expect([code, asked]).toEqual([1, []]);
});

test('nodes of another architecture get the image for theirs', async () => {
  prepare(3);
  const other = HERE === 'amd64' ? 'arm64' : 'amd64';
  nodes.publish(NAME, DIGEST, `linux-${other}`);
  nodes.write('node-2/machine', other === 'arm64' ? 'aarch64' : 'x86_64');
  expect((await nodes.run({ images: [NAME] })).code).toBe(0);
  expect(
    nodes.ctr('import').map((line) => line.replace(/ --address.*--platform/, '').replace(/ [^ ]*$/, '')),
  ).toEqual(
    expect.arrayContaining([`node-0 linux/${HERE}`, `node-1 linux/${HERE}`, `node-2 linux/${other}`]),
  );
  nodes.forgetCalls();
  const { output } = await nodes.run({ images: [NAME] });
  expect([output.includes('3 already there'), nodes.ctr('fetch')]).toEqual([true, []]);
});

test('with keep an image that goes is brought back', async () => {
  prepare(2);
  nodes.start({ images: [NAME], keep: true });
  await until(() => nodes.images(1).length === 2);
  nodes.removeFile(`node-1/images/k8s.io/${NAME.replaceAll('/', '%')}`);
  await until(() => nodes.images(1).length === 2);
});
