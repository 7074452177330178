/** What the installer downloads comes from a web server of the test that breaks, lies, is away, and asks for a proxy. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { Installation, Respond, sha256 } from '../../support/distribute-installation';

jest.setTimeout(60_000);

let node: Installation;

beforeEach(async () => {
  node = await Installation.start();
});
afterEach(() => {
  node.stop();
});

const PROGRAM = 'bin/micromamba-2.9.0-0';
const lastLine = (text: string): string => text.trim().split('\n').pop() ?? '';

/** Answers the first requests with these, all later ones with the file. */
function first(...answers: readonly Respond[]): Respond {
  return (request, response, number) => {
    const answer = answers[number - 1];
    if (answer) answer(request, response, number);
    else response.end(node.micromamba);
  };
}

const says =
  (code: number, headers = {}): Respond =>
  (_, response) => {
    response.writeHead(code, headers);
    response.end('no');
  };

test('a server that is overloaded is asked again until it answers', async () => {
  node.respond = first(says(503), says(429, { 'retry-after': '0' }), says(500));
  const { code, errors } = await node.install();
  expect([code, node.requests.length]).toEqual([0, 4]);
  expect(errors).toContain(
    `flux-distribute: can't download ${node.url}/micromamba (the server said 503 Service Unavailable): trying again in 0 s\n`,
  );
});

test('a server that is away for good is given up, in one sentence', async () => {
  node.respond = says(503);
  const { code, errors } = await node.install();
  expect([code, node.requests.length]).toEqual([1, 6]);
  expect(lastLine(errors)).toBe(
    `flux-distribute: can't download ${node.url}/micromamba: the server said 503 Service Unavailable`,
  );
});

test('a file that is not there is not asked for again', async () => {
  node.respond = says(404);
  const { code, errors } = await node.install();
  expect([code, node.requests.length]).toEqual([1, 1]);
  expect(lastLine(errors)).toBe(
    `flux-distribute: can't download ${node.url}/micromamba: the server said 404 Not Found`,
  );
});

test('a download that breaks off goes on where it was', async () => {
  const half = Math.floor(node.micromamba.length / 2);
  node.respond = first(
    (_, response) => {
      response.writeHead(200, { 'content-length': node.micromamba.length });
      response.write(node.micromamba.subarray(0, half), () => response.destroy());
    },
    (_, response) => {
      response.writeHead(206, { 'content-length': node.micromamba.length - half });
      response.end(node.micromamba.subarray(half));
    },
  );
  const { code } = await node.install();
  expect([code, node.requests]).toEqual([0, ['/micromamba', `/micromamba bytes=${half}-`]]);
  expect(readFileSync(node.installed(PROGRAM))).toEqual(node.micromamba);
});

test('a server that knows no ranges sends all of it again', async () => {
  node.respond = first((_, response) => {
    response.writeHead(200, { 'content-length': node.micromamba.length });
    response.write('#!', () => response.destroy());
  });
  expect([(await node.install()).code, node.requests]).toEqual([0, ['/micromamba', '/micromamba bytes=2-']]);
  expect(readFileSync(node.installed(PROGRAM))).toEqual(node.micromamba);
});

test('a file with another checksum is never run, and nothing of it stays', async () => {
  node.respond = (_, response) => response.end('#!/bin/sh\ntouch /tmp/never\n');
  const { code, errors } = await node.install();
  expect([code, node.requests.length]).toEqual([1, 2]);
  const wrong = sha256('#!/bin/sh\ntouch /tmp/never\n');
  expect(lastLine(errors)).toBe(
    `flux-distribute: can't download ${node.url}/micromamba: its checksum is sha256 ${wrong}, not ${sha256(node.micromamba)}`,
  );
  expect([existsSync(node.installed(PROGRAM)), existsSync(node.installed(`${PROGRAM}.part`))]).toEqual([
    false,
    false,
  ]);
  expect(node.read('record', 'calls')).toBe('');
});

test('a file that came through damaged once is asked for again', async () => {
  node.respond = first((_, response) => response.end('damaged'));
  expect((await node.install()).code).toBe(0);
});

test('a download that never ends is given up', async () => {
  node.respond = (_, response) => {
    const timer = setInterval(() => response.write('x'), 50);
    response.on('close', () => clearInterval(timer));
  };
  const { code, errors, seconds } = await node.install(undefined, undefined, {
    PATIENCE: { 'distribute_download.LONGEST_SECONDS': 1 },
  });
  expect(code).toBe(1);
  expect(lastLine(errors)).toMatch(/can't download .*: it takes longer than 1 s$/);
  expect(seconds).toBeLessThan(10);
});

/** A proxy for plain http, and what it was asked for. */
async function withProxy(work: (url: string, asked: string[]) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(node.micromamba);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  await work(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked);
  proxy.close();
}

const fromMirror = (): Record<string, unknown> => ({
  micromamba: {
    version: '2.9.0-0',
    amd64: { url: 'http://mirror.invalid/micromamba', sha256: sha256(node.micromamba) },
  },
});

test('the proxy of the settings is used, also by micromamba', async () => {
  await withProxy(async (url, asked) => {
    const proxy = { http: url, https: url, no: 'internal.example.com' };
    const { code } = await node.install(undefined, node.settings(fromMirror(), { proxy }));
    expect([code, asked]).toEqual([0, ['http://mirror.invalid/micromamba']]);
    const variables = node.read('record', 'environment').split('\n');
    expect(variables).toEqual(
      expect.arrayContaining([`http_proxy=${url}`, `https_proxy=${url}`, 'no_proxy=internal.example.com']),
    );
  });
});

test('a host that needs no proxy is asked without one', async () => {
  await withProxy(async (url, asked) => {
    const settings = node.settings({}, { proxy: { http: url, no: '127.0.0.1' } });
    expect([(await node.install(undefined, settings)).code, asked]).toEqual([0, []]);
  });
});

test('micromamba sees nothing of the pod but its proxies and its certificates', async () => {
  await node.install(undefined, undefined, {
    SSL_CERT_FILE: '/etc/company.pem',
    MAMBA_ROOT_PREFIX: '/elsewhere',
  });
  const names = node.read('record', 'environment').replaceAll(/=.*/g, '').trim().split('\n');
  const ofBash = ['PWD', 'SHLVL', '_', 'OLDPWD', 'LC_CTYPE'];
  expect(names.filter((name) => !ofBash.includes(name))).toEqual(
    'CONDA_PKGS_DIRS HOME LANG MAMBA_REMOTE_MAX_RETRIES PATH REQUESTS_CA_BUNDLE SSL_CERT_FILE TMPDIR'.split(
      ' ',
    ),
  );
});

test('the micromamba of another version takes the place of the one before', async () => {
  await node.install();
  const download = { url: `${node.url}/other`, sha256: sha256(node.micromamba) };
  const settings = node.settings({
    environment: 'other',
    micromamba: { version: '2.9.1-0', amd64: download },
  });
  await node.install(undefined, settings);
  expect(existsSync(node.installed('bin/micromamba-2.9.1-0'))).toBe(true);
  expect(existsSync(node.installed(PROGRAM))).toBe(false);
});
