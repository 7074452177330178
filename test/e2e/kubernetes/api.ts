/** Requests to a Kubernetes API server, with every warning that it sends. */
import { request } from 'node:https';

import { until } from '../../support/until';

/** Where an API server is, and who asks. */
export interface Server {
  readonly url: string;
  readonly token: string;
  /** In PEM. */
  readonly certificate: string;
}

/** An object as JSON has it. */
export type Json = Readonly<Record<string, unknown>>;

/** What came back. */
export interface Answer {
  readonly status: number;
  /** Texts of the headers `Warning`: a deprecated API, an unknown field where the server lets it pass. */
  readonly warnings: readonly string[];
  readonly body: Json;
}

/** An answer that is not a success. */
export class Refused extends Error {
  public constructor(
    public readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const YAML = 'application/yaml';
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const JSON_TYPE = 'application/json';

/** Strict: an unknown field, or one that stands twice, is an error and not a warning. */
const STRICT = 'fieldValidation=Strict&fieldManager=e2e';

/** The requests that the suite needs. Paths begin with /api or /apis and name a resource. */
export class Api {
  public constructor(private readonly server: Server) {}

  public async isReady(): Promise<boolean> {
    return this.send('GET', '/readyz').then(
      () => true,
      () => false,
    );
  }

  /** @throws Refused */
  public async get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  /**
   * Creates an object of a collection as `kubectl create` does, from the text of its document.
   *
   * @throws Refused
   */
  public async create(path: string, text: string, { dryRun = false } = {}): Promise<Answer> {
    return this.send('POST', `${path}?${STRICT}${dryRun ? '&dryRun=All' : ''}`, YAML, text);
  }

  /**
   * Applies an object on the server's side, as `kubectl apply --server-side` does.
   *
   * @throws Refused, also where another has set a field to something else
   */
  public async apply(path: string, text: string): Promise<Answer> {
    return this.send('PATCH', `${path}?${STRICT}`, APPLY, text);
  }

  /** Is there anything at a path? */
  public async has(path: string): Promise<boolean> {
    return this.send('GET', path).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Refused && error.status === 404) return false;
        throw error;
      },
    );
  }

  /**
   * Removes an object and waits until it is gone. What its finalizers ask for is left out, as nobody is here who would do
   * it; only that of definitions is the server's own.
   */
  public async remove(path: string): Promise<void> {
    const options = JSON.stringify({ propagationPolicy: 'Background', gracePeriodSeconds: 0 });
    const { body } = await this.send('DELETE', path, JSON_TYPE, options);
    if (body.kind === 'Namespace') {
      const empty = { ...body, spec: { finalizers: [] } };
      await this.send('PUT', `${path}/finalize`, JSON_TYPE, JSON.stringify(empty));
    } else if (body.kind !== 'CustomResourceDefinition' && hasFinalizers(body)) {
      const none = { metadata: { finalizers: null } };
      await this.send('PATCH', path, MERGE, JSON.stringify(none));
    }
    await until(async () => !(await this.has(path)), 30);
  }

  private async send(method: string, path: string, type = JSON_TYPE, text?: string): Promise<Answer> {
    const { server } = this;
    const answer = await new Promise<Answer>((resolve, reject) => {
      const outgoing = request(
        new URL(path, server.url),
        {
          method,
          ca: server.certificate,
          timeout: 30_000,
          headers: {
            authorization: `Bearer ${server.token}`,
            accept: JSON_TYPE,
            ...(text !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('error', reject);
          incoming.once('end', () => {
            const warnings = (incoming.headersDistinct.warning ?? []).flatMap(warningsIn);
            const body = bodyOf(Buffer.concat(chunks).toString('utf8'));
            resolve({ status: incoming.statusCode ?? 0, warnings, body });
          });
        },
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path} took more than 30 s`)));
      outgoing.once('error', reject);
      outgoing.end(text);
    });
    if (answer.status < 300) return answer;
    throw new Refused(answer.status, `${method} ${path}: ${String(answer.body.message)}`);
  }
}

/** Of a header: `299 - "text"`, several with commas between them. */
function warningsIn(header: string): string[] {
  return Array.from(header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g), ([, text]) => text!);
}

/** What is not JSON is a message, such as that of /readyz. */
function bodyOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { message: text };
  }
}

function hasFinalizers({ metadata }: Json): boolean {
  return ((metadata as { finalizers?: unknown[] } | undefined)?.finalizers ?? []).length > 0;
}
