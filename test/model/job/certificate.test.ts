/** The Job that makes a certificate, run for real with a stand-in flux keygen against a stand-in API server. */
import { spawn } from 'node:child_process';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Server, createServer } from 'node:https';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curveCertificate } from '../../../src/model/flux/curve-certificate';
import { miniClusterJob } from '../../../src/model/job';
import { linkPrograms, needTools } from '../../support/pod-machine';
import { fromZ85 } from '../../support/z85';

jest.setTimeout(60_000);

/** A key pair for 127.0.0.1 that serves these tests and nothing else. */
const TLS = join(__dirname, '../../fixtures/stand-in-api');
const KEY = 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID';
const CERTIFICATE = `metadata\n    name = "lmp"\ncurve\n    public-key = "${'p'.repeat(40)}"\n    secret-key = "${KEY}"\n`;

interface Request {
  readonly method: string;
  readonly url: string;
  readonly type?: string;
  readonly token?: string;
  readonly body: string;
}

/** A code and what comes with it, for the request with this number, from 1. */
type Answer = (method: string, number: number) => readonly [number, object | string];

let folder: string;
let server: Server;
let requests: Request[];
let answer: Answer;

beforeAll(async () => {
  needTools();
  const read = (name: string): Buffer => readFileSync(join(TLS, name));
  server = createServer({ key: read('server.key'), cert: read('server.crt') }, (request, response) => {
    void respond(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  requests = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  const { method = '', url = '', headers } = request;
  requests.push({ method, url, type: headers['content-type'], token: headers.authorization, body });
  const [code, content] = answer(method, requests.length);
  response.writeHead(code);
  response.end(typeof content === 'string' ? content : JSON.stringify(content));
}

const EMPTY = { metadata: { resourceVersion: '5', uid: 'u1' } };
const FULL = { ...EMPTY, data: { 'curve.cert': 'eA==' } };
const refusal = (code: number, message: string): readonly [number, object] => [
  code,
  { kind: 'Status', message },
];

interface Outcome {
  readonly code: number;
  readonly output: string;
  /** What flux was called with, a call a line. */
  readonly calls: string;
}

/** The pod of the Job, with the lines that flux runs; its patience is that of a test. */
async function makeCertificate(
  given: Answer,
  keygen = writes(CERTIFICATE),
  env: Record<string, string> = {},
): Promise<Outcome> {
  answer = given;
  const manifests = miniClusterJob(
    { name: 'lmp', namespace: 'hpc' },
    { size: 2, containers: [{ image: 'a:1' }] },
  );
  const files =
    manifests.find(({ kind, data }) => kind === 'ConfigMap' && data?.['put-secret.py'])?.data ?? {};
  const put = (name: string, text: string, mode = 0o644): void => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), mode);
  };
  const patience = (text: string, name: string, seconds: number): string => {
    const line = new RegExp(`^${name} = .*$`, 'm');
    expect(text).toMatch(line);
    return text.replace(line, `${name} = ${seconds}`);
  };
  for (const [name, text] of Object.entries(files)) put(`scripts/${name}`, text);
  const short = patience(files['put-secret.py'] ?? '', 'LATE_OBJECT_SECONDS', 1.5);
  const own = patience(patience(short, 'UNREACHABLE_SECONDS', 3), 'FOLDERS', 0).replace(
    'FOLDERS = 0',
    `FOLDERS = ("${folder}/key",)`,
  );
  put('scripts/put-secret.py', own);
  put('account/token', 'token-of-the-pod\n');
  put('account/namespace', 'hpc');
  put('account/ca.crt', readFileSync(join(TLS, 'ca.crt'), 'utf8'));
  mkdirSync(join(folder, 'key'), { recursive: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  if (readdirSync(join(folder, 'bin')).length === 0) linkPrograms(join(folder, 'bin'));
  if (keygen !== '')
    put('bin/flux', `#!/bin/bash\necho "$*" >> ${folder}/calls\nfor path; do :; done\n${keygen}\n`, 0o755);
  put('calls', '');
  return run({
    PATH: join(folder, 'bin'),
    CERTIFICATE_SECRET: 'lmp-curve',
    CERTIFICATE_ACCOUNT: join(folder, 'account'),
    FLUX_VIEW: join(folder, 'no-view'),
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port),
    https_proxy: 'http://127.0.0.1:1',
    ...env,
  });
}

function run(env: Record<string, string>): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn('/bin/bash', [join(folder, 'scripts/make-certificate.sh')], { env, timeout: 30_000 });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (output += text.toString()));
    child.on('close', (code) => {
      resolve({
        code: code ?? -1,
        output,
        calls: readFileSync(join(folder, 'calls'), 'utf8').replaceAll(folder, ''),
      });
    });
  });
}

/** flux keygen that writes this file. */
function writes(text: string, mode = '600'): string {
  return `cat > "$path" <<'END'\n${text}END\nchmod ${mode} "$path"`;
}

test('an empty Secret gets a certificate, in a patch that holds only while nobody else wrote to it', async () => {
  const { code, output } = await makeCertificate(() => [200, EMPTY]);
  expect([code, output]).toEqual([
    0,
    'minicluster: the Secret lmp-curve has a new certificate in curve.cert\n',
  ]);
  const url = '/api/v1/namespaces/hpc/secrets/lmp-curve';
  const token = 'Bearer token-of-the-pod';
  expect(requests).toEqual([
    { method: 'GET', url, token, type: undefined, body: '' },
    expect.objectContaining({ method: 'PATCH', token, type: 'application/merge-patch+json' }),
  ]);
  expect(requests[1]?.url).toBe(`${url}?fieldManager=flux-framework-certificate`);
  expect(JSON.parse(requests[1]?.body ?? '')).toEqual({
    metadata: { resourceVersion: '5', uid: 'u1' },
    data: { 'curve.cert': Buffer.from(CERTIFICATE).toString('base64') },
  });
});

test('the key is in no argument, in no output, and in no file that stays', async () => {
  for (const given of [
    (): readonly [number, object] => [200, EMPTY],
    (method: string): readonly [number, object] => (method === 'GET' ? [200, EMPTY] : refusal(403, 'no')),
  ]) {
    const { output, calls } = await makeCertificate(given);
    expect(output).not.toContain(KEY);
    expect(calls).not.toContain(KEY);
    expect(calls).toMatch(/^keygen --name=lmp-curve \/key\/certificate-\w+\/curve\.cert$/m);
    expect(readdirSync(join(folder, 'key'))).toEqual([]);
  }
});

test('a certificate that is there is kept, and no other one is made', async () => {
  expect(await makeCertificate(() => [200, FULL])).toEqual({
    code: 0,
    output: 'minicluster: the Secret lmp-curve has curve.cert already, which is kept\n',
    calls: '',
  });
  expect(requests).toHaveLength(1);
});

test('of two that write at once the second keeps what the first wrote', async () => {
  const { code, output } = await makeCertificate((method, number) => {
    if (method === 'PATCH') return refusal(409, 'the object has been modified');
    return [200, number === 1 ? EMPTY : FULL];
  });
  expect([code, output]).toEqual([
    0,
    'minicluster: the Secret lmp-curve has curve.cert already, which is kept\n',
  ]);
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET']);
});

test('a conflict that has nothing to do with the key leads to another try with the same certificate', async () => {
  const { code, calls } = await makeCertificate((_, number) =>
    number === 2 ? refusal(409, 'modified') : [200, EMPTY],
  );
  expect([code, calls.trim().split('\n')]).toEqual([0, [expect.stringMatching(/^keygen/)]]);
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET', 'PATCH']);
});

test('what is not yet there, and an API that is not yet well, is waited for', async () => {
  const early: readonly (readonly [number, object | string])[] = [
    refusal(404, 'not found'),
    refusal(403, 'forbidden'),
    [502, '<html>'],
  ];
  const { code } = await makeCertificate((_, number) => early[number - 1] ?? [200, EMPTY]);
  expect(code).toBe(0);
});

test.each([
  [
    404,
    'there is no Secret lmp-curve in namespace hpc: apply the Secret that was rendered with this Job, without data',
  ],
  [
    403,
    'not allowed to get the Secret lmp-curve in namespace hpc, which needs a Role with the verbs get and patch on it',
  ],
  [401, "the API server refuses the pod's service account token: does the account still exist?"],
  [422, "the API server wouldn't get the Secret lmp-curve in namespace hpc: HTTP 422, no"],
])('an answer %s that stays is explained in one sentence', async (code, sentence) => {
  const outcome = await makeCertificate(() => refusal(code, 'no'));
  expect([outcome.code, outcome.calls]).toEqual([1, '']);
  expect(outcome.output).toMatch(/^minicluster: [^\n]*\n$/);
  expect(outcome.output).toContain(sentence);
});

test('an API server that cannot be reached is explained in one sentence', async () => {
  const { code, output } = await makeCertificate(() => [200, EMPTY], undefined, {
    KUBERNETES_SERVICE_PORT: '1',
  });
  expect(code).toBe(1);
  expect(output).toMatch(
    /^minicluster: the API server at 127\.0\.0\.1 port 1 can't be reached from this pod \(.*\)\n$/,
  );
});

test.each([
  ['fails', 'echo "no entropy" >&2; exit 3', 'flux keygen failed with exit code 3: no entropy'],
  ['writes nothing', ':', 'flux keygen failed with exit code 0'],
  [
    'lets others read',
    writes(CERTIFICATE, '644'),
    'flux keygen wrote a certificate of mode 0644, which others may read',
  ],
  ['leaves out a key', writes(CERTIFICATE.replace(/.*secret-key.*\n/, '')), 'has no usable secret-key'],
  [
    'writes what flux-core refuses',
    writes(CERTIFICATE.replace('"lmp"', '"l_m;p"')),
    'flux-core would refuse line 2',
  ],
])('a flux keygen that %s is told, and the Secret stays empty', async (_, keygen, sentence) => {
  const { code, output } = await makeCertificate(() => [200, EMPTY], keygen);
  expect([code, requests.map(({ method }) => method)]).toEqual([1, ['GET']]);
  expect(output).toMatch(/^minicluster: [^\n]*\n$/);
  expect(output).toContain(sentence);
  expect(output).not.toContain(KEY);
});

test('a name that flux-core would refuse is written in letters that it takes', async () => {
  const { calls } = await makeCertificate(() => [200, EMPTY], undefined, {
    CERTIFICATE_NAME: 'my_certificate é',
  });
  expect(calls).toMatch(/^keygen --name=my-certificate-- /m);
});

test('an image without flux makes the certificate with its python3 alone', async () => {
  const { code, output } = await makeCertificate(() => [200, EMPTY], '', { CERTIFICATE_NAME: 'my_flux' });
  expect([code, output]).toEqual([
    0,
    'minicluster: the Secret lmp-curve has a new certificate in curve.cert\n',
  ]);
  const { data } = JSON.parse(requests[1]?.body ?? '') as { data: Record<string, string> };
  const text = Buffer.from(data['curve.cert'] ?? '', 'base64').toString();
  const [, secret = ''] = /secret-key = "(.{40})"/.exec(text) ?? [];
  // The same as this package makes of the same key, and flux-core reads.
  expect(text).toBe(curveCertificate(fromZ85(secret), 'my-flux'));
  expect(output).not.toContain(secret);
  await makeCertificate(() => [200, EMPTY], '');
  expect(requests[3]?.body).toBeDefined();
  expect(requests[3]?.body).not.toContain(data['curve.cert']);
});

test('an image with neither, a pod without an account and a Job without a Secret are told', async () => {
  await makeCertificate(() => [200, EMPTY], '');
  rmSync(join(folder, 'bin/python3'));
  const without = await makeCertificate(() => [200, EMPTY], '');
  expect([without.code, without.output]).toEqual([
    127,
    expect.stringMatching(
      /^minicluster: no flux and no python3 with ssl on the PATH or in .*\/bin: [^\n]*\n$/,
    ),
  ]);
  symlinkSync(process.execPath, join(folder, 'bin/python3'));
  expect((await makeCertificate(() => [200, EMPTY], '')).code).toBe(127);
  rmSync(join(folder, 'bin'), { recursive: true });
  const account = await makeCertificate(() => [200, EMPTY], undefined, {
    CERTIFICATE_ACCOUNT: join(folder, 'nothing'),
  });
  expect([account.code, account.output]).toEqual([
    1,
    expect.stringMatching(/^minicluster: .*(?:can't be used|can't be read)/),
  ]);
  const secret = await makeCertificate(() => [200, EMPTY], undefined, { CERTIFICATE_SECRET: '' });
  expect([secret.code, secret.output]).toEqual([2, expect.stringContaining('CERTIFICATE_SECRET is not set')]);
});

test('a Flux that is only in the view is found there', async () => {
  await makeCertificate(() => [200, EMPTY]);
  const view = join(folder, 'view');
  mkdirSync(join(view, 'bin'), { recursive: true });
  writeFileSync(join(view, 'bin/flux'), readFileSync(join(folder, 'bin/flux')), { mode: 0o755 });
  rmSync(join(folder, 'bin/flux'));
  const { code, calls } = await makeCertificate(() => [200, EMPTY], '', { FLUX_VIEW: view });
  expect([code, calls]).toEqual([0, expect.stringMatching(/^keygen/)]);
});
