/**
 * Resources of @pulumi/aws as Terraform's JSON: Pulumi's provider is made from Terraform's, whose own program checks
 * names, values and what excludes what.
 */
import { Registered, labelOf } from './pulumi-deploy';

/** A resource, or a block in it, as `terraform providers schema -json` describes it. */
export interface BlockSchema {
  readonly attributes?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly block_types?: Readonly<
    Record<
      string,
      { readonly nesting_mode: string; readonly max_items?: number; readonly block: BlockSchema }
    >
  >;
}

/** Resources by their type: `aws_vpc`. */
export type ResourceSchemas = Readonly<Record<string, { readonly block: BlockSchema }>>;

/** What became of the resources. */
export interface TerraformResources {
  /** By type and name. */
  readonly resource: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Arguments that the provider does not have: `Instance hpc-0: primaryNetworkInterface`. */
  readonly unknownArguments: readonly string[];
}

/** Names that Terraform has otherwise than by its rule. */
const RENAMED: Readonly<Record<string, string>> = { 'aws:s3/bucketObjectv2:BucketObjectv2': 'aws_s3_object' };

export function terraformOf(resources: readonly Registered[], schemas: ResourceSchemas): TerraformResources {
  const resource: Record<string, Record<string, unknown>> = {};
  const unknownArguments: string[] = [];
  for (const each of resources.filter(({ type }) => type.startsWith('aws:'))) {
    const type = terraformType(each.type, schemas);
    const { block } = schemas[type]!;
    const name = each.name.replace(/[^\w-]/g, '_');
    resource[type] ??= {};
    const given = argumentsOf(each.inputs, block, (argument) =>
      unknownArguments.push(`${labelOf(each)}: ${argument}`),
    );
    // Pulumi makes up names where Terraform asks for them.
    const isNamed = block.attributes?.name?.required !== true || given.name !== undefined;
    resource[type][name] = isNamed ? given : { ...given, name: `${name}-0123456` };
  }
  return { resource, unknownArguments };
}

function terraformType(type: string, schemas: ResourceSchemas): string {
  const [service = '', resource = ''] = type.split(/[:/]/).slice(1);
  const name = snakeCase(resource);
  const all = [RENAMED[type], `aws_${service}_${name}`, `aws_${name}`];
  const found = all.find((one) => one !== undefined && schemas[one] !== undefined);
  if (found === undefined) throw new Error(`Terraform's provider has nothing like ${type}`);
  return found;
}

type Unknown = (argument: string) => void;

function argumentsOf(inputs: object, schema: BlockSchema, unknown: Unknown): Record<string, unknown> {
  const entries = Object.entries(inputs).flatMap(([input, value]: [string, unknown]): [string, unknown][] => {
    const attribute = terraformName(input, schema.attributes);
    if (attribute !== undefined) return [[attribute, attributeOf(value)]];
    const block = terraformName(input, schema.block_types);
    if (block === undefined) {
      unknown(input);
      return [];
    }
    const inner = schema.block_types![block]!.block;
    const blocks = (Array.isArray(value) ? value : [value]).filter((one) => one !== null) as object[];
    return [[block, blocks.map((one) => argumentsOf(one, inner, (below) => unknown(`${input}.${below}`)))]];
  });
  return Object.fromEntries(entries);
}

/** Of the names that an input may come from, the one that is there; Pulumi has lists in the plural. */
function terraformName(input: string, named: object | undefined): string | undefined {
  const names = Object.keys(named ?? {});
  return (
    names.find((name) => camelCase(name) === input) ?? names.find((name) => plural(camelCase(name)) === input)
  );
}

/** Texts that must not be read as templates, and files for assets, as Pulumi's provider gives them to Terraform's. */
function attributeOf(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[$%](?=\{)/g, (sign) => sign + sign);
  if (Array.isArray(value)) return value.map(attributeOf);
  if (typeof value !== 'object' || value === null) return value;
  if (typeof (value as { text?: unknown }).text === 'string') return 'asset.txt';
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [name, attributeOf(one)]),
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function plural(name: string): string {
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
