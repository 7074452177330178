/** Requests as others may send them: signed by a second writing of the scheme, or not at all. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Socket, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { FluxionPod, SECRET, removePods } from '../../support/fluxion-pod';

jest.setTimeout(60_000);
afterEach(removePods);

const hmac = (key: string | Buffer, text: string | Buffer): Buffer =>
  createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyFor = (purpose: string, secret = SECRET): Buffer =>
  hmac(hmac('flux-framework-constructs', secret), `fluxion-controller ${purpose}\x01`);

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly seconds?: number;
  readonly nonce?: string;
  readonly secret?: string;
  readonly sent?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function authorization({ method = 'GET', path = '/jobs', body = '', seconds = 0, ...call }: Call): string {
  const { nonce = randomBytes(16).toString('hex'), secret } = call;
  const time = String(Math.floor(Date.now() / 1000) + seconds);
  const text = ['request', method, path, time, nonce, sha256(body)].join('\n');
  return `MiniCluster time=${time},nonce=${nonce},signature=${hmac(keyFor('request', secret), text).toString('hex')}`;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly signature: string;
}

async function send(pod: FluxionPod, call: Call = {}): Promise<Answer> {
  const { method = 'GET', path = '/jobs', body = '', sent = body, headers = {} } = call;
  const asked = request({
    host: '127.0.0.1',
    port: pod.port,
    method,
    path,
    headers: { Authorization: authorization(call), 'Content-Length': Buffer.byteLength(sent), ...headers },
  });
  asked.end(sent);
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, body: text, signature: response.headers.signature ?? '' };
}

const refused: Answer = { status: 401, body: '{"error": "refused"}', signature: '' };
const errorOf = ({ body }: Answer): string => JSON.parse(body).error;
const submission = (more: object = {}): string =>
  JSON.stringify({ application: 'ior', command: ['job', '0', '0'], key: '0'.repeat(32), ...more });

test('a request that is signed with the key of the certificate is answered, and so is the answer', async () => {
  const pod = await FluxionPod.running();
  const nonce = 'ab'.repeat(16);
  const { status, body, signature } = await send(pod, { nonce });
  expect([status, body]).toEqual([200, '{"jobs": []}']);
  const text = ['answer', nonce, '200', sha256(body)].join('\n');
  expect(signature).toBe(hmac(keyFor('answer'), text).toString('hex'));
});

test('who has not the certificate is refused, and told nothing', async () => {
  const pod = await FluxionPod.running();
  const body = submission();
  const cases: Call[] = [
    { headers: { Authorization: '' } },
    { headers: { Authorization: 'MiniCluster time=1,nonce=2,signature=3' } },
    { secret: 'x'.repeat(40) },
    // Signed for another request.
    { headers: { Authorization: authorization({ path: '/jobs/1' }) } },
    { method: 'POST', path: '/submit', body, sent: body.replace('ior', 'xyz') },
    { method: 'POST', path: '/submit', body, headers: { Authorization: authorization({ body }) } },
  ];
  for (const call of cases) expect(await send(pod, call)).toEqual(refused);
  expect(await pod.jobs()).toEqual([]);
});

test('a request is let in once, and not if it is old or of the future', async () => {
  const pod = await FluxionPod.running();
  const nonce = 'cd'.repeat(16);
  expect((await send(pod, { nonce })).status).toBe(200);
  const again = await send(pod, { nonce });
  expect([again.status, errorOf(again)]).toEqual([401, 'this request has been seen before']);
  for (const seconds of [-65, 65]) {
    const late = await send(pod, { seconds });
    expect(late.status).toBe(401);
    expect(errorOf(late)).toMatch(
      /^the clock of this container and that of the controller differ by 6\d s, and may by 60$/,
    );
  }
  expect((await send(pod, { seconds: -50 })).status).toBe(200);
});

test('a submission that is sent twice is one job, even to a controller that was started anew', async () => {
  const pod = await FluxionPod.running();
  const call = { method: 'POST', path: '/submit', body: submission() };
  const header = { Authorization: authorization(call) };
  expect((await send(pod, { ...call, headers: header })).status).toBe(200);
  await pod.settled('ended', 1);
  await pod.kill();
  await pod.start();
  // Whoever has recorded the request sends it again.
  const again = await send(pod, { ...call, headers: header });
  expect(JSON.parse(again.body).job.number).toBe(1);
  expect(await pod.jobs()).toHaveLength(1);
  expect(pod.uses()).toHaveLength(2);
});

test('requests that say something else than a job are refused in one sentence', async () => {
  const pod = await FluxionPod.running();
  const cases: [object, string][] = [
    [{ command: [] }, 'the request has no command'],
    [{ command: 'ior' }, 'the request has no command'],
    [{ command: ['a\0b'] }, 'the request has no command'],
    [{ application: 7 }, 'the request names no application'],
    [{ application: '../0-queue' }, 'there is no application ../0-queue: this cluster has ior, lammps'],
    [{ key: 'x' }, 'the request has no key'],
    [{ tasks: 0 }, 'tasks is a number from 1 to 1048576'],
    [{ tasks: true }, 'tasks is a number from 1 to 1048576'],
    [{ cores_per_task: 1.5 }, 'cores per task is a number from 1 to 1048576'],
    [{ cwd: 'x' }, 'the working directory is an absolute path, got x'],
    [{ environment: { 'a=b': 'x' } }, 'the environment is an object of names and texts'],
    [{ environment: { a: 1 } }, 'the environment is an object of names and texts'],
    [{ number: 9, state: 'ended' }, 'the request has unknown fields: number, state'],
  ];
  for (const [more, words] of cases) {
    const answer = await send(pod, { method: 'POST', path: '/submit', body: submission(more) });
    expect([errorOf(answer), answer.status]).toEqual([words, words.startsWith('there') ? 404 : 400]);
  }
  for (const body of ['', '[]', '{', '['.repeat(100_000), '"\\ud800"']) {
    const answer = await send(pod, { method: 'POST', path: '/submit', body });
    expect([answer.status, errorOf(answer)]).toEqual([400, 'the request is no JSON object']);
  }
  expect((await send(pod, { path: '/' })).status).toBe(404);
  expect((await send(pod, { path: '/jobs/7' })).status).toBe(404);
  expect((await send(pod, { method: 'POST', path: '/cancel', body: '{"number": "1"}' })).status).toBe(404);
  expect((await send(pod, { method: 'DELETE' })).status).toBe(501);
  expect(await pod.jobs()).toEqual([]);
});

test('a body that is too long, or of no known length, is not read', async () => {
  const pod = await FluxionPod.running();
  const long = { method: 'POST', path: '/submit', headers: { 'Content-Length': String((1 << 20) + 1) } };
  expect((await send(pod, long)).status).toBe(413);
  expect((await send(pod, { ...long, headers: { 'Transfer-Encoding': 'chunked' } })).status).toBe(411);
  const told = await pod.call(['submit', '--app', 'ior', ...Array<string>(12).fill('x'.repeat(100_000))]);
  expect(told.stderr).toMatch(
    /^fluxion-controller: command and environment have 12\d+ bytes, and may have 1048576\n$/,
  );
});

test('clients that send nothing keep nobody out, nor for longer than a request may take', async () => {
  const pod = await FluxionPod.running();
  const before = Date.now();
  const idle: Socket[] = [];
  for (let count = 0; count < 70; count += 1) {
    const socket = connect(pod.port, '127.0.0.1').on('error', () => undefined);
    // One byte now and then is not enough either.
    const drip = setInterval(() => socket.writable && socket.write('G'), 3000);
    socket.on('close', () => {
      clearInterval(drip);
    });
    idle.push(socket);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await pod.call(['jobs'])).code).toBe(0);
  expect(Date.now() - before).toBeGreaterThan(15_000);
  expect(Date.now() - before).toBeLessThan(30_000);
  for (const socket of idle) socket.destroy();
});

test('it listens at the address of the pod, and at no other', async () => {
  const other = Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal);
  const address = other?.address ?? '127.0.0.2';
  const pod = await FluxionPod.running();
  const socket = connect(pod.port, address);
  const [error] = await once(socket, 'error');
  expect(error.code).toBe('ECONNREFUSED');
});

test('a client of another cluster says so, and takes no answer that is not signed', async () => {
  const pod = await FluxionPod.running();
  const place = `127.0.0.1 port ${pod.port}`;
  pod.write('other', pod.read('certificate').replace(SECRET, 'y'.repeat(40)));
  const told = await pod.call(['jobs'], { MINICLUSTER_CERTIFICATE: pod.path('other') });
  expect(told).toMatchObject({
    code: 1,
    stderr: `fluxion-controller: the controller at ${place} has another certificate than this container\n`,
  });
  // An HTTP server that is somebody else's.
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => response.end('{"jobs": []}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { readonly port: number };
  const fooled = await pod.call(['jobs'], { MINICLUSTER_CONTROLLER: `127.0.0.1:${address.port}` });
  expect(fooled.stderr).toBe(
    `fluxion-controller: what answers at 127.0.0.1 port ${address.port} is not this cluster's controller (HTTP 200)\n`,
  );
  server.close();
});

test('a client waits for a controller that is started anew, and not for ever', async () => {
  const pod = await FluxionPod.running();
  await pod.kill();
  const waits = pod.call(['submit', '--app', 'ior', 'job', '0', '0']);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await pod.start();
  expect(await waits).toEqual({
    code: 0,
    stdout: '1\n',
    stderr: `fluxion-controller: waits for the controller at 127.0.0.1 port ${pod.port} (Connection refused)\n`,
  });
  await pod.stop();
  const gaveUp = await pod.call(['jobs'], { MINICLUSTER_CONTROLLER_WAIT: '0' });
  expect(gaveUp).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/doesn't answer \(Connection refused\): does the lead's pod run\?\n$/),
  });
});

test('the secret key is in no log, journal, argument or request', async () => {
  const pod = await FluxionPod.running();
  await pod.settled('ended', await pod.submit('job', '0', '0'));
  await pod.call(['jobs'], { MINICLUSTER_CERTIFICATE: pod.path('R') });
  const texts = [pod.said(), pod.read(pod.journal), pod.read('calls'), pod.read('service.log')];
  for (const text of [...texts, authorization({})]) expect(text).not.toContain(SECRET);
});
