/** The CustomResourceDefinition of one API version, from its types. */
import type { Crd, CrdSchema } from '../crd-fields';
import { isCurrent } from './paths';
import { QUANTITY_PATTERN } from './quantity';
import { compact, objectOf, type ApiTypes, type Field, type FieldType, type Scalar } from './types';

export interface CrdInput {
  /** `v1alpha2` */
  readonly version: string;
  readonly spec: ApiTypes;
  readonly status: ApiTypes;
  /** Does this version's definition have the pattern on quantities? */
  readonly quantityPattern: boolean;
}

/** The CustomResourceDefinition as the newest release of the operator has it. */
export function crd(input: CrdInput): Crd {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'miniclusters.flux-framework.org' },
    spec: {
      group: 'flux-framework.org',
      names: {
        kind: 'MiniCluster',
        listKind: 'MiniClusterList',
        plural: 'miniclusters',
        singular: 'minicluster',
      },
      scope: 'Namespaced',
      versions: [
        {
          name: input.version,
          schema: { openAPIV3Schema: rootSchema(input) },
          served: true,
          storage: true,
          subresources: {
            scale: {
              labelSelectorPath: '.status.selector',
              specReplicasPath: '.spec.size',
              statusReplicasPath: '.status.size',
            },
            status: {},
          },
        },
      ],
    },
  };
}

function rootSchema({ spec, status, quantityPattern }: CrdInput): CrdSchema {
  return {
    description: 'A Flux cluster in one Indexed Job: one broker per pod, the pod of index 0 leads.',
    type: 'object',
    properties: {
      apiVersion: { description: 'The version of the API that this object is written in.', type: 'string' },
      kind: { description: 'The kind of this object: MiniCluster.', type: 'string' },
      metadata: { type: 'object' },
      spec: new Schemas(spec, quantityPattern).object(spec.root),
      status: new Schemas(status, quantityPattern).object(status.root),
    },
  };
}

/** Writes types as OpenAPI schemas, which know no references: each use of an object is written out. */
class Schemas {
  private readonly scalars: Record<Scalar, CrdSchema>;

  public constructor(
    private readonly types: ApiTypes,
    quantityPattern: boolean,
  ) {
    this.scalars = {
      Int32: { type: 'integer', format: 'int32' },
      Int64: { type: 'integer', format: 'int64' },
      WholeNumber: { type: 'integer' },
      Quantity: compact({
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern: quantityPattern ? QUANTITY_PATTERN : undefined,
        'x-kubernetes-int-or-string': true,
      }),
    };
  }

  public object(name: string): CrdSchema {
    const { description, fields } = objectOf(this.types, name);
    const current = fields.filter(isCurrent);
    const required = current.filter((field) => field.required).map((field) => field.name);
    return compact({
      description,
      type: 'object',
      properties: Object.fromEntries(current.map((field) => [field.name, this.field(field)])),
      required: required.length > 0 ? required.sort() : undefined,
    });
  }

  private field(field: Field): CrdSchema {
    const { description, ...schema } = this.type(field.type);
    return compact({
      description: field.description || description,
      ...schema,
      ...field.bounds,
      default: field.default,
      'x-kubernetes-list-type': field.listType,
    });
  }

  private type(type: FieldType): CrdSchema {
    switch (type.kind) {
      case 'string':
      case 'boolean':
        return { type: type.kind };
      case 'scalar':
        return this.scalars[type.name];
      case 'object':
        return this.object(type.name);
      case 'list':
        return { type: 'array', items: this.type(type.items) };
      case 'map':
        return { type: 'object', additionalProperties: this.type(type.values) };
    }
  }
}
