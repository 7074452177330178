/** Specs of any shape that the API's types allow, for property tests. What they mean is left to chance. */
import fc from 'fast-check';

import v1alpha1 from '../../src/model/minicluster/api/generated/v1alpha1.schema.json';
import v1alpha2 from '../../src/model/minicluster/api/generated/v1alpha2.schema.json';
import type { MiniClusterV1Alpha1Spec } from '../../src/model/minicluster/api/v1alpha1';
import type { MiniClusterSpec } from '../../src/model/minicluster/api/v1alpha2';
import { OPERATOR_VERSIONS, OperatorVersion } from '../../src/model/minicluster/operator-version';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly since?: string;
  readonly until?: string;
}

interface SpecSchema {
  readonly $ref: string;
  readonly definitions: Readonly<Record<string, Schema>>;
}

const ORDER: readonly string[] = OPERATOR_VERSIONS;

const TEXT = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
);

const QUANTITY = fc.oneof(
  fc.nat(),
  fc
    .tuple(fc.nat(4096), fc.constantFrom('', '.5', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E-2'))
    .map((parts) => parts.join('')),
);

const KEY = fc.oneof(
  fc.constantFrom('data', 'my-data', 'app.kubernetes.io/name', 'nvidia.com/gpu', 'OMP_NUM_THREADS'),
  fc.string({ minLength: 1, maxLength: 12 }),
);

/** Any spec that is right in structure, with the fields that a release of the operator has. */
export function arbitrarySpec(version: 'v1alpha2', release?: OperatorVersion): fc.Arbitrary<MiniClusterSpec>;
export function arbitrarySpec(version: 'v1alpha1'): fc.Arbitrary<MiniClusterV1Alpha1Spec>;
export function arbitrarySpec(
  version: 'v1alpha2' | 'v1alpha1',
  release: OperatorVersion = OperatorVersion.MAIN,
): fc.Arbitrary<MiniClusterSpec | MiniClusterV1Alpha1Spec> {
  const schema: SpecSchema = version === 'v1alpha2' ? v1alpha2 : v1alpha1;
  const known = new Map<string, fc.Arbitrary<unknown>>();
  const any = new Values(schema.definitions, release, known);
  return any.of({ $ref: schema.$ref }) as fc.Arbitrary<MiniClusterSpec | MiniClusterV1Alpha1Spec>;
}

class Values {
  public constructor(
    private readonly definitions: SpecSchema['definitions'],
    private readonly release: OperatorVersion,
    private readonly known: Map<string, fc.Arbitrary<unknown>>,
  ) {}

  public of(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) return this.named(schema.$ref.replace('#/definitions/', ''));
    if (schema.format === 'quantity') return QUANTITY;
    switch (schema.type) {
      case 'string':
        return TEXT;
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return schema.format === 'int64' ? fc.maxSafeInteger() : fc.integer();
      case 'array':
        return fc.array(this.of(schema.items!), { maxLength: 3 });
      default:
        return typeof schema.additionalProperties === 'object'
          ? fc.dictionary(KEY, this.of(schema.additionalProperties), { maxKeys: 3, noNullPrototype: true })
          : this.object(schema);
    }
  }

  private named(name: string): fc.Arbitrary<unknown> {
    const known = this.known.get(name) ?? this.of(this.definitions[name]!);
    this.known.set(name, known);
    return known;
  }

  private object({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
    const present = Object.entries(properties).filter(([, field]) => this.has(field));
    const fields = present.map(([name, field]): [string, fc.Arbitrary<unknown>] => {
      const needsOne = field.type === 'array' && required.includes(name);
      return [
        name,
        needsOne ? fc.array(this.of(field.items!), { minLength: 1, maxLength: 3 }) : this.of(field),
      ];
    });
    return fc.record(Object.fromEntries(fields), { requiredKeys: [...required], noNullPrototype: true });
  }

  private has({ since = ORDER[0]!, until = ORDER.at(-1)! }: Schema): boolean {
    const at = ORDER.indexOf(this.release);
    return ORDER.indexOf(since) <= at && at <= ORDER.indexOf(until);
  }
}
