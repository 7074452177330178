/** What the providers of this suite have made, in place of AWS and a cluster: resources with ids, inputs and outputs. */
import { type AwsAccount, callOf, outputsOf } from '../../support/aws-account';
import { isKubernetes, nameOf } from './differences';

/** Properties of a resource, as JSON has them. */
export type Properties = Readonly<Record<string, unknown>>;

/** A resource that exists. */
export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  /** What nobody gave: ids, ARNs, bytes. */
  readonly filledIn: Properties;
}

/** All that a resource tells of itself. */
export function outputsOfMade({ filledIn, inputs }: Made): Properties {
  return { ...filledIn, ...inputs };
}

const PARAMETER = 'aws:ssm/parameter:Parameter';
/** A secret that is shorter than this is none: `-`, names, prose. */
const SECRET_CHARACTERS = 16;

export class Clouds {
  private readonly resources = new Map<string, Made>();
  private count = 0;
  /** Texts that must stand nowhere in clear. */
  public readonly secrets = new Set<string>();

  public constructor(private readonly account: AwsAccount = {}) {}

  /** All that exists. */
  public get made(): readonly Made[] {
    return Array.from(this.resources.values());
  }

  public get(id: string, type: string): Made | undefined {
    return this.resources.get(keyOf(type, id));
  }

  public create(type: string, name: string, inputs: Properties): { readonly id: string } & Made {
    const { id: usual, ...filledIn } = isKubernetes(type)
      ? { id: nameOf(inputs) }
      : outputsOf(this.account, type, name, inputs);
    if (isKubernetes(type) && this.get(usual, type)) throw new Error(`${type} ${usual} already exists`);
    // What is made anew beside the old one has another id.
    this.count += 1;
    const id = this.get(usual, type) || usual === 'none' ? `${usual}-${this.count}` : usual;
    const resource = { type, name, inputs, filledIn };
    this.keep(id, resource);
    return { id, ...resource };
  }

  public update(id: string, type: string, inputs: Properties): Made {
    const old = this.get(id, type);
    if (!old) throw new Error(`${type} ${id} is not there to be updated`);
    const resource = { ...old, inputs };
    this.keep(id, resource);
    return resource;
  }

  public delete(id: string, type: string): void {
    if (!this.resources.delete(keyOf(type, id))) throw new Error(`${type} ${id} is not there to be deleted`);
  }

  /** Writes a parameter of SSM, as nodes do when they boot. */
  public write(name: string, value: string): void {
    const { inputs } = this.parameters.find((parameter) => parameter.inputs.name === name) ?? {};
    this.update(name, PARAMETER, { ...inputs, value });
  }

  /** Answers a look-up, with the errors that AWS has. */
  public call(token: string, inputs: Properties): Properties {
    const made = this.parameters.map(({ inputs: { name, value, insecureValue } }): [string, string] => [
      String(name),
      String(value ?? insecureValue),
    ]);
    const parameters = { ...this.account.parameters, ...Object.fromEntries(made) };
    return callOf({ ...this.account, parameters }, token, inputs);
  }

  /** The secrets that stand in some texts. */
  public secretsIn(texts: readonly string[]): string[] {
    return Array.from(this.secrets).filter((secret) => texts.some((text) => text.includes(secret)));
  }

  private get parameters(): readonly Made[] {
    return this.made.filter(({ type }) => type === PARAMETER);
  }

  private keep(id: string, resource: Made): void {
    secretsIn(resource).forEach((secret) => this.secrets.add(secret));
    this.resources.set(keyOf(resource.type, id), resource);
  }
}

/** What of a resource is secret to whoever reads it at its cloud: texts in base64, and their words. */
function secretsIn({ type, inputs, filledIn }: Made): string[] {
  const fields = {
    'random:index/randomBytes:RandomBytes': filledIn,
    'kubernetes:core/v1:Secret': { ...(inputs.data as object), ...(inputs.stringData as object) },
    [PARAMETER]: { value: inputs.value },
  }[type];
  const texts = Object.values(fields ?? {}).filter((value: unknown) => typeof value === 'string');
  return texts
    .flatMap((text) => [Buffer.from(text).toString('base64'), ...text.split(/[\s"]+/)])
    .filter((secret) => secret.length >= SECRET_CHARACTERS);
}

function keyOf(type: string, id: string): string {
  return `${type} ${id}`;
}
