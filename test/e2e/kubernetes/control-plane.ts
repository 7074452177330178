/** A real control plane as far as objects need one: etcd and kube-apiserver on free ports of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePorts } from '../../support/free-ports';
import { Api } from './api';

/** How long kube-apiserver may take until it is ready, in seconds. */
const START_SECONDS = 180;

/** Programs by path or, where PATH has them, by name. */
export interface Programs {
  readonly etcd: string;
  readonly kubeApiserver: string;
}

/** A control plane that answers. */
export interface ControlPlane {
  readonly url: string;
  /** Of a user who may do everything. */
  readonly token: string;
  /** In PEM, signed by itself. */
  readonly certificate: string;
  /** Ends both processes. It may be called more than once, and as the process exits. */
  readonly stop: () => void;
}

/**
 * @param folder for state, keys and logs; it exists and is empty
 * @throws Error with the end of the log of the process that ended, or that did not get ready in time
 */
export async function startControlPlane(programs: Programs, folder: string): Promise<ControlPlane> {
  const [clients, peers, port] = await freePorts(3);
  const started: Program[] = [];
  const stop = (): void => started.forEach((program) => program.end());
  const start = (command: string, ...flags: readonly string[]): void => {
    started.push(new Program(command, flags, folder));
  };
  const etcd = `http://127.0.0.1:${clients}`;
  const peer = `http://127.0.0.1:${peers}`;
  const token = randomBytes(16).toString('hex');
  writeKeys(folder, token);
  try {
    start(
      programs.etcd,
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    );
    start(
      programs.kubeApiserver,
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      `--token-auth-file=${join(folder, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--allow-privileged=true',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(folder, 'accounts.pub')}`,
      `--service-account-signing-key-file=${join(folder, 'accounts.key')}`,
      '--endpoint-reconciler-type=none',
    );
    return { ...(await readyAt(`https://127.0.0.1:${port}`, token, folder, started)), stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** The key of service accounts, and the user whom the token stands for. */
function writeKeys(folder: string, token: string): void {
  mkdirSync(join(folder, 'etcd'), { mode: 0o700 });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'accounts.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  writeFileSync(join(folder, 'tokens.csv'), `${token},e2e,e2e,system:masters\n`, { mode: 0o600 });
}

async function readyAt(
  url: string,
  token: string,
  folder: string,
  started: readonly Program[],
): Promise<Omit<ControlPlane, 'stop'>> {
  const end = Date.now() + START_SECONDS * 1000;
  for (;;) {
    started.forEach((program) => program.mustRun());
    // kube-apiserver makes its certificate as it starts.
    const certificate = readIfThere(join(folder, 'apiserver.crt'));
    const api = new Api({ url, token, certificate });
    if (certificate !== '' && (await api.isReady())) return { url, token, certificate };
    if (Date.now() > end)
      throw new Error(`kube-apiserver was not ready within ${START_SECONDS} s:\n${started.at(-1)!.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A process whose output is in a file. */
class Program {
  private readonly child: ChildProcess;
  private readonly file: string;
  private failure: Error | undefined;

  public constructor(
    private readonly command: string,
    flags: readonly string[],
    folder: string,
  ) {
    this.file = join(folder, `${command.split('/').at(-1) ?? command}.log`);
    const output = openSync(this.file, 'w');
    this.child = spawn(command, flags, { stdio: ['ignore', output, output] });
    this.child.once('error', (error) => (this.failure = error));
    closeSync(output);
    // Whoever started it need not wait for it.
    this.child.unref();
  }

  /** @throws Error if it does not run any more, or never did */
  public mustRun(): void {
    if (this.failure) throw new Error(`${this.command} did not start: ${this.failure.message}`);
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`${this.command} ended with ${signalCode ?? exitCode ?? ''}:\n${this.log()}`);
  }

  /** The last lines of its output. */
  public log(): string {
    return readFileSync(this.file, 'utf8').split('\n').slice(-12).join('\n');
  }

  /** State is thrown away: nothing is worth waiting for. */
  public end(): void {
    this.child.kill('SIGKILL');
  }
}
