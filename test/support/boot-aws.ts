/** What a node asks of AWS, on this machine: its metadata service, SSM, Secrets Manager, S3, EC2, and wait conditions. */
import { IncomingMessage, Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';

export interface Signal {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly document: Readonly<Record<string, string>>;
}

/** An answer that takes the place of the usual one: a code of HTTP and a body. */
export type Fault = readonly [number, string];

export class Aws {
  readonly parameters = new Map<string, string>();
  readonly secrets = new Map<string, string>();
  readonly objects = new Map<string, string>();
  /** Tags of the instance, each as it was set last. */
  readonly tags = new Map<string, string>();
  readonly signals: Signal[] = [];
  /** What was asked for: `GetParameter /flux-usernetes/hpc/nodes`. */
  readonly calls: string[] = [];
  /** What went wrong before anything was answered, such as a request without a token. */
  readonly complaints: string[] = [];
  /** Asked before each answer. */
  fault: (call: string) => Fault | undefined = () => undefined;
  private readonly server: Server;
  private tokens = 0;

  private constructor() {
    this.server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => this.answer(request, Buffer.concat(pieces).toString(), response));
    });
  }

  static async start(): Promise<Aws> {
    const made = new Aws();
    await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const [code, text] = this.answerOf(request, body);
    response.writeHead(code).end(text);
  }

  private answerOf(request: IncomingMessage, body: string): Fault {
    const path = request.url ?? '';
    if (path.startsWith('/latest/')) return this.metadata(request, path.slice('/latest/'.length));
    if (path.startsWith('/wait')) return this.signal(request, path, body);
    const { authorization = '', 'x-amz-security-token': token } = request.headers;
    if (!authorization.startsWith('AWS4-HMAC-SHA256 Credential=AKID/') || token !== 'SESSION')
      this.complaints.push(`${request.method} ${path} is not signed`);
    const call = callOf(request, body);
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault) return fault;
    if (request.method === 'GET') return found(this.objects.get(path.slice(1)), 'NoSuchKey', String);
    const target = request.headers['x-amz-target'];
    if (target === undefined) return this.setTags(new URLSearchParams(body));
    const asked = JSON.parse(body) as Record<string, string>;
    if (target === 'AmazonSSM.PutParameter') {
      if (asked.Tier !== 'Advanced')
        this.complaints.push(`${call} asks for another tier than it was made with`);
      this.parameters.set(asked.Name!, asked.Value!);
      return [200, '{}'];
    }
    return target === 'AmazonSSM.GetParameter'
      ? found(this.parameters.get(asked.Name!), 'ParameterNotFound', (Value) =>
          JSON.stringify({ Parameter: { Value } }),
        )
      : found(this.secrets.get(asked.SecretId!), 'ResourceNotFoundException', (SecretString) =>
          JSON.stringify({ SecretString }),
        );
  }

  private metadata(request: IncomingMessage, path: string): Fault {
    const { headers } = request;
    if (path === 'api/token') {
      if (request.method !== 'PUT' || headers['x-aws-ec2-metadata-token-ttl-seconds'] === undefined)
        this.complaints.push('the token was asked for in another way than IMDSv2 has it');
      this.tokens += 1;
      return [200, `token-${this.tokens}`];
    }
    if (headers['x-aws-ec2-metadata-token'] !== `token-${this.tokens}`) return [401, ''];
    const name = path.slice('meta-data/'.length);
    const fault = this.fault(`metadata ${name}`);
    if (fault) return fault;
    const text = METADATA[name];
    return text === undefined ? [404, ''] : [200, text];
  }

  private signal(request: IncomingMessage, path: string, body: string): Fault {
    const fault = this.fault(`signal ${path}`);
    if (fault) return fault;
    const document = JSON.parse(body) as Signal['document'];
    this.signals.push({ path, contentType: request.headers['content-type'], document });
    return [200, ''];
  }

  private setTags(form: URLSearchParams): Fault {
    for (let number = 1; form.has(`Tag.${number}.Key`); number += 1)
      this.tags.set(form.get(`Tag.${number}.Key`)!, form.get(`Tag.${number}.Value`)!);
    return [200, '<CreateTagsResponse><return>true</return></CreateTagsResponse>'];
  }
}

const ROLE = 'iam/security-credentials/';
const METADATA: Readonly<Record<string, string>> = {
  'placement/region': 'eu-central-1',
  'services/domain': 'amazonaws.com',
  'instance-id': 'i-0123456789abcdef0',
  'local-ipv4': '172.31.0.9',
  [ROLE]: 'hpc-node\n',
  [`${ROLE}hpc-node`]: JSON.stringify({
    AccessKeyId: 'AKID',
    SecretAccessKey: 'the-secret-key',
    Token: 'SESSION',
  }),
};

function callOf(request: IncomingMessage, body: string): string {
  const target = request.headers['x-amz-target'];
  if (request.method === 'GET') return `GetObject ${request.url}`;
  if (typeof target !== 'string') return new URLSearchParams(body).get('Action') ?? '';
  const asked = JSON.parse(body) as Record<string, string>;
  return `${target.split('.')[1]} ${asked.Name ?? asked.SecretId}`;
}

function found(value: string | undefined, missing: string, write: (value: string) => string): Fault {
  return value === undefined ? [400, JSON.stringify({ __type: missing, message: '' })] : [200, write(value)];
}
