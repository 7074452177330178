/** TypeScript tables for the structural check: what each object holds, and what came or went when. */
import { OPERATOR_VERSIONS } from '../../src/model/minicluster/operator-version';
import type { FieldPath } from './paths';
import type { ApiTypes, FieldType } from './types';

/**
 * `fields.ts`: object name to field name to type, the types as `string[]{}` for a map of lists of strings.
 * @param typeModule the module with the type of a table, as it imports it
 */
export function fieldTable(
  versions: Readonly<Record<string, ApiTypes>>,
  note: string,
  typeModule: string,
): string {
  const lines = [note, `import type { FieldTable } from '${typeModule}';`];
  for (const [version, types] of Object.entries(versions)) {
    lines.push('', `export const ${version}: FieldTable = {`, `  root: '${types.root}',`, '  objects: {');
    for (const object of types.objects.values()) {
      lines.push(`    ${object.name}: {`);
      for (const field of object.fields) lines.push(`      ${field.name}: '${typeText(field.type)}',`);
      lines.push('    },');
    }
    lines.push('  },', '  required: {');
    for (const { name, fields } of types.objects.values()) {
      const required = fields.filter((field) => field.required).map((field) => `'${field.name}'`);
      if (required.length > 0) lines.push(`    ${name}: [${required.join(', ')}],`);
    }
    lines.push('  },', '};');
  }
  return `${lines.join('\n')}\n`;
}

/** `releases.ts`: the fields that not all releases of the operator have. */
export function releaseTable(paths: readonly FieldPath[], note: string): string {
  const oldest: string = OPERATOR_VERSIONS[0]!;
  const newest: string = OPERATOR_VERSIONS.at(-1)!;
  const lines = [
    note,
    '',
    '/**',
    ' * First and last release that has a field, absent where that is the oldest or the newest; and a build between',
    ' * releases that has a later one.',
    ' */',
    'export interface Availability {',
    '  readonly since?: string;',
    '  readonly until?: string;',
    '  readonly alsoIn?: string;',
    '}',
    '',
    '/** The fields of v1alpha2 that some release lacks, by path: `containers[].volumes{}.csiDriver`. */',
    'export const RELEASES: Readonly<Record<string, Availability>> = {',
  ];
  for (const { path, since, until, alsoIn } of paths) {
    const parts = [
      ...(since === oldest ? [] : [`since: '${since}'`]),
      ...(until === newest ? [] : [`until: '${until}'`]),
      ...(alsoIn === undefined ? [] : [`alsoIn: '${alsoIn}'`]),
    ];
    if (parts.length > 0) lines.push(`  '${path}': { ${parts.join(', ')} },`);
  }
  lines.push('};');
  return `${lines.join('\n')}\n`;
}

/** A type in one word: `Int32`, `Container[]`, `string{}`. */
export function typeText(type: FieldType): string {
  switch (type.kind) {
    case 'string':
    case 'boolean':
      return type.kind;
    case 'scalar':
    case 'object':
      return type.name;
    case 'list':
      return `${typeText(type.items)}[]`;
    case 'map':
      return `${typeText(type.values)}{}`;
  }
}
