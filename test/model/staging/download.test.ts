/** Files that are pulled over HTTPS, from a server of the test. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { Server, createServer } from 'node:https';
import { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stagedBatch } from '../../../src';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from '../../support/localhost-certificate';
import { Ended, StagingNodes, removeNodes } from '../../support/staging-nodes';

jest.setTimeout(30_000);

const FILE = Buffer.alloc(3_000_000, 'data of an experiment\n');
const SHA256 = createHash('sha256').update(FILE).digest('hex');

const servers: Server[] = [];
afterEach(() => {
  removeNodes();
  for (const server of servers.splice(0)) server.close();
});

/** Has a node pull /file of a server, which trusts the server's certificate unless it is not to. */
async function pulled(
  answer: RequestListener,
  { sha256 = SHA256, trusted = true, nodes = new StagingNodes(2) } = {},
): Promise<Ended & { nodes: StagingNodes; url: string }> {
  const server = createServer({ cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY }, answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  const url = `https://localhost:${(server.address() as AddressInfo).port}/file`;
  const certificates = join(nodes.root, 'certificates.pem');
  writeFileSync(certificates, LOCALHOST_CERTIFICATE);
  const text = stagedBatch([{ path: 'in put', to: nodes.path('data'), pull: url, sha256 }], 'echo ran');
  const ended = await nodes.run(text, trusted ? { SSL_CERT_FILE: certificates } : {});
  return { ...ended, nodes, url };
}

test('a file is downloaded once, and is whole', async () => {
  let requests = 0;
  const answer: RequestListener = (_, response) => {
    requests += 1;
    response.end(FILE);
  };
  const { code, nodes } = await pulled(answer);
  expect(code).toBe(0);
  expect(nodes.withText('data/in put', FILE.toString())).toEqual([0, 1]);
  expect(await pulled(answer, { nodes })).toMatchObject({ code: 0, stdout: 'ran\n' });
  expect(requests).toBe(1);
});

test('what the server says is in the sentence', async () => {
  const { code, stderr, url } = await pulled((_, response) => {
    response.writeHead(404, 'Not Found').end();
  });
  expect(code).toBe(1);
  expect(stderr).toContain(
    `${url} could not be pulled to /data/in put on node-0: the server said 404 Not Found\n`,
  );
});

test('a connection that breaks leaves no half of a file', async () => {
  const { code, stderr, nodes } = await pulled((_, response) => {
    response.writeHead(200, { 'Content-Length': FILE.length });
    response.write(FILE.subarray(0, 100_000), () => response.destroy());
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/\/data\/in put on node-0: \S/);
  expect(stderr).not.toContain('Traceback');
  expect(nodes.has('data/in put', 0)).toBe(false);
});

test('another file than the one that is meant is refused', async () => {
  const { code, stderr, nodes } = await pulled((_, response) => response.end('other'));
  expect(code).toBe(1);
  expect(stderr).toContain(`not ${SHA256}`);
  expect(nodes.has('data/in put', 0)).toBe(false);
});

test('a server that nobody vouches for is refused', async () => {
  const { code, stderr } = await pulled((_, response) => response.end(FILE), { trusted: false });
  expect(code).toBe(1);
  expect(stderr).toContain('certificate verify failed');
});
