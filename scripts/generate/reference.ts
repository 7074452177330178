/** The reference page of the fields of one API version. */
import { OPERATOR_VERSIONS } from '../../src/model/minicluster/operator-version';
import type { FieldPath } from './paths';
import { typeText } from './field-table';
import { innermost, type ApiTypes, type Field, type ObjectType, type FieldType } from './types';

export interface PageInput {
  readonly version: string;
  readonly intro: readonly string[];
  readonly types: ApiTypes;
  readonly paths: readonly FieldPath[];
}

/** A page with a section per object: where it is used, and a table of its fields. */
export function referencePage({ version, intro, types, paths }: PageInput, note: string): string {
  const places = usedAt(types, paths);
  const lines = [`<!-- ${note} -->`, '', `# Fields of a MiniCluster, ${version}`, '', ...intro];
  for (const object of types.objects.values()) {
    lines.push('', `## ${object.name}`, '');
    lines.push(
      `At ${places
        .get(object.name)!
        .map((place) => `\`${place}\``)
        .join(', ')}.`,
      '',
    );
    if (object.description) lines.push(object.description, '');
    lines.push(...table(object, WITH_RELEASES));
  }
  return `${lines.join('\n')}\n`;
}

/** A page with a section per object of the job engine's options, which belong to no release of the operator. */
export function jobReferencePage(types: ApiTypes, note: string): string {
  const lines = [`<!-- ${note} -->`, '', '# Options of a MiniClusterJob', '', ...JOB_INTRO];
  for (const object of types.objects.values()) {
    lines.push('', `## ${object.name}`, '', object.description, '', ...table(object, COLUMNS));
  }
  return `${lines.join('\n')}\n`;
}

const JOB_INTRO = [
  'They stand beside the fields of the [spec](fields-v1alpha2.md). `certificate`, `fluxFrom` and `silence` are explained',
  'on the [page of the construct](minicluster-job.md).',
];

/** The paths at which each object stands. */
function usedAt(types: ApiTypes, paths: readonly FieldPath[]): Map<string, string[]> {
  const places = new Map([[types.root, ['spec']]]);
  for (const { path, field } of paths) {
    const inner = innermost(field.type);
    if (inner.kind !== 'object') continue;
    const known = places.get(inner.name) ?? [];
    places.set(inner.name, [...known, `spec.${path}${suffix(field.type)}`]);
  }
  return places;
}

interface Column {
  readonly title: string;
  readonly cell: (field: Field) => string;
}

const NAME: Column = { title: 'Field', cell: ({ name }) => code(name, String) };
const TYPE: Column = { title: 'Type', cell: ({ type }) => typeCell(type) };
const DEFAULT: Column = { title: 'Default', cell: defaultCell };
const MEANING: Column = { title: 'Meaning', cell: ({ description }) => inCell(description) };
const COLUMNS = [NAME, TYPE, DEFAULT, MEANING];
const WITH_RELEASES = [NAME, TYPE, DEFAULT, { title: 'Since', cell: sinceCell }, MEANING];

function table(object: ObjectType, columns: readonly Column[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(columns.map(({ title }) => title)),
    row(columns.map(() => '---')),
    ...object.fields.map((field) => row(columns.map(({ cell }) => cell(field)))),
  ];
}

function typeCell(type: FieldType): string {
  switch (type.kind) {
    case 'list':
      return `list of ${typeCell(type.items)}`;
    case 'map':
      return `map to ${typeCell(type.values)}`;
    case 'object':
      return `[${type.name}](#${type.name.toLowerCase()})`;
    default:
      return typeText(type);
  }
}

function defaultCell(field: Field): string {
  if (field.required) return '**required**';
  const now = field.default === undefined ? inCell(field.defaultProse ?? '') : code(field.default);
  if (!field.defaultUntil) return now;
  return `${now || 'none'}; up to ${field.defaultUntil.release}: ${code(field.defaultUntil.value)}`;
}

function sinceCell(field: Field): string {
  const since = field.since ?? (field.until === undefined ? '' : OPERATOR_VERSIONS[0]!);
  if (field.since !== undefined && field.since === field.until) return `only ${since}`;
  if (field.alsoIn !== undefined) return `${since}, and ${field.alsoIn}`;
  return field.until === undefined ? since : `${since}, until ${field.until}`;
}

function code(value: unknown, write: (value: unknown) => string = JSON.stringify): string {
  return `\`${write(value)}\``;
}

/** Text of several paragraphs in one cell of a table. */
function inCell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replace(/\n{2,}/g, '<br><br>')
    .replace(/\n/g, '<br>');
}

function suffix(type: FieldType): string {
  if (type.kind === 'list') return `[]${suffix(type.items)}`;
  return type.kind === 'map' ? `{}${suffix(type.values)}` : '';
}
