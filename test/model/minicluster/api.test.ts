import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { crdFields, isNamedField, onlyVersion, type Crd, type CrdFields } from '../../../scripts/crd-fields';
import { generatedFiles } from '../../../scripts/generate/files';
import { RELEASES } from '../../../src/model/minicluster/api/generated/releases';
import v1alpha1Crd from '../../../src/model/minicluster/api/generated/v1alpha1.crd.json';
import v1alpha2Crd from '../../../src/model/minicluster/api/generated/v1alpha2.crd.json';
import v1alpha2Schema from '../../../src/model/minicluster/api/generated/v1alpha2.schema.json';
import { OPERATOR_VERSIONS, OperatorVersion } from '../../../src/model/minicluster/operator-version';
import { isIn } from '../../../src/model/minicluster/structure/release-gaps';
import { ROOT } from '../../support/package';

function upstream(name: string): CrdFields {
  const text = readFileSync(join(ROOT, `test/fixtures/upstream-${name}.json`), 'utf8');
  return (JSON.parse(text) as { fields: CrdFields }).fields;
}

function namedFields(fields: CrdFields, part: 'spec' | 'status'): string[] {
  return Object.keys(fields).filter((path) => isNamedField(path) && path.startsWith(`${part}.`));
}

test.each([
  { version: 'v1alpha2', crd: v1alpha2Crd, fixture: 'v1alpha2-main', spec: 270, status: 11 },
  { version: 'v1alpha1', crd: v1alpha1Crd, fixture: 'v1alpha1', spec: 168, status: 11 },
])(
  'the definition of $version has the $spec fields of the spec and $status of the status that upstream has',
  ({ crd, fixture, spec, status }) => {
    const ours = crdFields(crd);
    const theirs = upstream(fixture);
    const missing = Object.keys(theirs).filter((path) => !(path in ours));
    const extra = Object.keys(ours).filter((path) => !(path in theirs));
    expect({ missing, extra }).toEqual({ missing: [], extra: [] });
    // Types, formats, defaults, required lists, list types, patterns and bounds.
    expect(ours).toEqual(theirs);
    expect(namedFields(ours, 'spec')).toHaveLength(spec);
    expect(namedFields(ours, 'status')).toHaveLength(status);
  },
);

test.each([v1alpha2Crd as Crd, v1alpha1Crd as Crd])('the definition %# says what each field means', (crd) => {
  const bare: string[] = [];
  const visit = (path: string, schema: Crd['spec']['versions'][0]['schema']['openAPIV3Schema']): void => {
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      if (!member.description && path !== '') bare.push(`${path}.${name}`);
      visit(path === '' ? name : `${path}.${name}`, member);
    }
    if (schema.items) visit(`${path}[]`, schema.items);
    if (schema.additionalProperties) visit(`${path}{}`, schema.additionalProperties);
  };
  visit('', onlyVersion(crd).schema.openAPIV3Schema);
  expect(bare).toEqual([]);
});

test('both definitions name the resource, its scope and its subresources as upstream does', () => {
  for (const crd of [v1alpha2Crd, v1alpha1Crd]) {
    expect(crd.metadata).toEqual({ name: 'miniclusters.flux-framework.org' });
    expect(crd.spec).toMatchObject({
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
    });
  }
  expect(v1alpha2Crd.spec.versions[0]!.name).toBe('v1alpha2');
  expect(v1alpha1Crd.spec.versions[0]!.name).toBe('v1alpha1');
});

test.each(OPERATOR_VERSIONS)(
  'the fields that @since and @until give operator %s are those of its definition',
  (release) => {
    const current = namedFields(crdFields(v1alpha2Crd as Crd), 'spec').map((path) =>
      path.slice('spec.'.length),
    );
    const all = new Set([...current, ...Object.keys(RELEASES)]);
    const ours = [...all].filter((path) => isIn(RELEASES[path] ?? {}, release));
    const theirs = namedFields(upstream(`v1alpha2-${release}`), 'spec').map((path) =>
      path.slice('spec.'.length),
    );
    expect(ours.sort()).toEqual(theirs.sort());
  },
);

interface Property {
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property | boolean;
  readonly default?: unknown;
  readonly defaultUntil?: { readonly release: string; readonly value: unknown };
}

/** The default of each field in a release, by path. */
function defaultsIn(release: OperatorVersion): Record<string, unknown> {
  const definitions = v1alpha2Schema.definitions as unknown as Record<
    string,
    { properties: Record<string, Property> }
  >;
  const defaults: Record<string, unknown> = {};
  const visit = (path: string, property: Property): void => {
    if (property.items) visit(`${path}[]`, property.items);
    if (typeof property.additionalProperties === 'object') visit(`${path}{}`, property.additionalProperties);
    if (property.$ref === undefined) return;
    const object = definitions[property.$ref.replace('#/definitions/', '')]!;
    for (const [name, field] of Object.entries(object.properties)) {
      const inner = path === '' ? name : `${path}.${name}`;
      if (!isIn(RELEASES[inner] ?? {}, release)) continue;
      const { default: now, defaultUntil: then } = field;
      const value = then && isIn({ until: then.release }, release) ? then.value : now;
      if (value !== undefined) defaults[`spec.${inner}`] = value;
      visit(inner, field);
    }
  };
  visit('', { $ref: v1alpha2Schema.$ref });
  return defaults;
}

test('the definition that the library installs lacks what only the branch has', () => {
  const { properties } = onlyVersion(v1alpha2Crd).schema.openAPIV3Schema.properties!.spec!;
  expect(Object.keys(properties ?? {})).not.toContain('oversubscribe');
  expect(RELEASES.oversubscribe).toEqual({
    since: OperatorVersion.MULTIPLE_APPLICATIONS,
    until: OperatorVersion.MULTIPLE_APPLICATIONS,
  });
});

test.each(OPERATOR_VERSIONS)(
  'the defaults that @default and @defaultUntil give operator %s are those of its definition',
  (release) => {
    const facts = Object.entries(upstream(`v1alpha2-${release}`));
    const theirs = facts.filter(
      ([path, { default: value }]) => path.startsWith('spec.') && value !== undefined,
    );
    expect(defaultsIn(release)).toEqual(
      Object.fromEntries(theirs.map(([path, fact]) => [path, fact.default])),
    );
  },
);

test('the generated files are what npm run generate writes', () => {
  const files = generatedFiles(ROOT);
  expect(files).toHaveLength(23);
  for (const { path, text } of files) {
    expect({
      path,
      text: readFileSync(join(ROOT, path), 'utf8') === text ? text : 'run npm run generate',
    }).toEqual({
      path,
      text,
    });
  }
}, 60_000);
