/** Names and ids as AWS writes them. */

/** Is this an id of such a kind of thing: `subnet-` and 8 or 17 hexadecimal digits? */
export function isId(kind: string, id: string): boolean {
  return id.startsWith(`${kind}-`) && /^(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id.slice(kind.length + 1));
}

const COMMIT = /^[0-9a-f]{40}$/;

/** Is this a whole commit of git? */
export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}

const INSTANCE_TYPE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Is this how EC2 writes instance types: `hpc7g.4xlarge`? */
export function isInstanceType(text: string): boolean {
  return INSTANCE_TYPE.test(text);
}

/** Services whose ARNs are given, and what the last part of these looks like. */
const RESOURCES = {
  secretsmanager: /^secret:.+$/,
  ssm: /^parameter\/.+$/,
  kms: /^key\/[0-9a-zA-Z-]+$/,
  'resource-groups': /^group\/.+$/,
} as const;

/** A policy of the account, or of AWS. */
const POLICY = /^arn:aws(?:-[a-z]+)*:iam::(?:[0-9]{12}|aws):policy\/\S+$/;

/** Is this the ARN of a policy? */
export function isPolicyArn(text: string): boolean {
  return POLICY.test(text);
}

export type ArnService = keyof typeof RESOURCES;

const ARN = /^arn:aws(?:-[a-z]+)*:([a-z-]+):[a-z]{2,}(?:-[a-z]+)+-[0-9]+:[0-9]{12}:(\S+)$/;

/** Is this the ARN of something of one of these services? */
export function isArn(text: string, ...services: readonly ArnService[]): boolean {
  const [, service = '', resource = ''] = ARN.exec(text) ?? [];
  return services.some((one) => one === service && RESOURCES[one].test(resource));
}
