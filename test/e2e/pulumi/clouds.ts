/** What the providers of this suite have made, in place of AWS and a cluster: resources with ids, inputs and outputs. */
import { type AwsAccount, callOf, outputsOf } from '../../support/aws-account';

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

/** Fields that cannot be changed in place, of the kinds that the stacks make; `*` stands for all. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'aws:ec2/instance:Instance': ['ami', 'subnetId', 'networkInterfaces', 'primaryNetworkInterface'],
  'aws:ec2/networkInterface:NetworkInterface': ['interfaceType', 'subnetId'],
  'aws:ec2/subnet:Subnet': ['availabilityZone', 'cidrBlock', 'vpcId'],
  'aws:ec2/subnetCidrReservation:SubnetCidrReservation': ['*'],
  'aws:ec2/vpc:Vpc': ['cidrBlock'],
  'aws:ssm/parameter:Parameter': ['name'],
  'random:index/randomBytes:RandomBytes': ['*'],
};

/** How the inputs of a resource differ. */
export interface Difference {
  readonly changed: readonly string[];
  /** Those for which the resource is made anew. */
  readonly replaced: readonly string[];
}

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
    const { id: usual, ...filledIn } = type.startsWith('kubernetes:')
      ? { id: pathOf(inputs) }
      : outputsOf(this.account, type, name, inputs);
    // What is made anew beside the old one has another id.
    this.count += 1;
    const id = this.get(usual, type) || usual === 'none' ? `${usual}-${this.count}` : usual;
    const resource = { type, name, inputs, filledIn };
    secretsIn(resource).forEach((secret) => this.secrets.add(secret));
    this.resources.set(keyOf(type, id), resource);
    return { id, ...resource };
  }

  public update(id: string, type: string, inputs: Properties): Made {
    const old = this.get(id, type);
    if (!old) throw new Error(`${type} ${id} is not there to be updated`);
    const resource = { ...old, inputs };
    this.resources.set(keyOf(type, id), resource);
    return resource;
  }

  public delete(id: string, type: string): void {
    if (!this.resources.delete(keyOf(type, id))) throw new Error(`${type} ${id} is not there to be deleted`);
  }

  /** Answers a look-up, with the errors that AWS has. */
  public call(token: string, inputs: Properties): Properties {
    return callOf(this.account, token, inputs);
  }
}

/** What of the inputs of a resource is different. */
export function differenceOf(type: string, before: Properties, after: Properties): Difference {
  const names = Array.from(new Set([...Object.keys(before), ...Object.keys(after)])).sort();
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const fixed = FIXED[type] ?? (type.startsWith('kubernetes:') ? ['apiVersion', 'kind'] : []);
  return { changed, replaced: changed.filter((name) => fixed.includes('*') || fixed.includes(name)) };
}

/** The texts of a resource that are secrets to whoever reads it at its cloud. */
function secretsIn({ type, inputs, filledIn }: Made): string[] {
  const fields = {
    'random:index/randomBytes:RandomBytes': filledIn,
    'kubernetes:core/v1:Secret': { ...(inputs.data as object), ...(inputs.stringData as object) },
    'aws:ssm/parameter:Parameter': { value: inputs.value },
  }[type];
  return Object.values(fields ?? {}).filter((value) => typeof value === 'string' && value !== '') as string[];
}

function keyOf(type: string, id: string): string {
  return `${type} ${id}`;
}

function pathOf({ metadata }: Properties): string {
  const { namespace = '', name } = metadata as { readonly namespace?: string; readonly name: string };
  return `${namespace}/${name}`;
}
