/**
 * Has a spec the structure of its API version: only fields that exist, of the right types, all that are
 * required? What the values mean is left to the rules.
 */
import { Problem, Severity } from '../problems';
import { FieldTable } from './api/field-table';
import { v1alpha1, v1alpha2 } from './api/generated/fields';
import { Availability } from './api/generated/releases';
import { validate as validateV1Alpha1 } from './api/generated/v1alpha1.validate';
import { validate as validateV1Alpha2 } from './api/generated/v1alpha2.validate';
import { StructureError, Validate } from './api/validate';
import { OPERATOR_VERSIONS, OperatorVersion } from './operator-version';
import { fieldPath, fieldsAt, locate, Place } from './structure/place';
import { USE_MULTI_APPLICATION_CLUSTER } from './rules/common/operator-validation';
import { findGaps, isIn } from './structure/release-gaps';
import { STALE_IN_V1ALPHA1, STALE_IN_V1ALPHA2 } from './structure/stale-names';
import { fixForUnknown, Vocabulary } from './structure/unknown-field';
import { fixForType, nameOf, objectAt, QUANTITY_FIX } from './structure/wording';

export { STRUCTURE_RULES } from './structure/rules';

/** An API version of the custom resource. */
export type ApiVersion = 'v1alpha2' | 'v1alpha1';

/** What is known of the fields of an object: those that validate and those that messages may name. */
export interface Structure extends Vocabulary {
  readonly table: FieldTable;
  readonly validate: Validate;
}

/** The specs of both API versions. */
export const SPEC_STRUCTURES: Readonly<Record<ApiVersion, Structure>> = {
  v1alpha2: {
    table: v1alpha2,
    validate: validateV1Alpha2,
    stale: STALE_IN_V1ALPHA2,
    other: { name: 'v1alpha1', table: v1alpha1 },
  },
  v1alpha1: {
    table: v1alpha1,
    validate: validateV1Alpha1,
    stale: STALE_IN_V1ALPHA1,
    other: { name: 'v1alpha2', table: v1alpha2 },
  },
};

/**
 * All that is wrong with the structure of a spec, which may be anything. Fields whose value is undefined
 * count as absent; null is a value of the wrong type.
 * @param release the release whose fields may be used, of v1alpha2; all 0.1 releases have one set of fields
 * @param structure that of the version, or one whose messages know further fields
 */
export function checkStructure(
  version: ApiVersion,
  spec: unknown,
  release: OperatorVersion = OperatorVersion.MAIN,
  structure = SPEC_STRUCTURES[version],
): Problem[] {
  const problems = checkFields(structure, spec);
  if (version === 'v1alpha2') {
    findGaps(spec, release, (path, generic, value, availability) => {
      const isAnywhere = OPERATOR_VERSIONS.some((one) => isIn(availability, one));
      const [code, texts] = isAnywhere
        ? ['MC103', gapTexts(generic, release, availability)]
        : ['MC100', nowhereTexts(generic)];
      problems.push(problem(code, path, value, ...texts));
    });
  }
  return problems;
}

/** All that is wrong with the fields of an object: unknown ones, wrong types, missing ones. */
export function checkFields(structure: Structure, value: unknown): Problem[] {
  const problems: Problem[] = [];
  if (!structure.validate(value)) {
    for (const error of structure.validate.errors ?? []) addProblem(structure, value, error, problems);
  }
  return problems;
}

/** The problem that a finding of the validator stands for; none where an undefined value is as good as no value. */
function addProblem(api: Structure, spec: unknown, error: StructureError, problems: Problem[]): void {
  const place = locate(api.table, spec, error.instancePath);
  const { path, type, value } = place;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(error.params.additionalProperty);
      const unknown = (value as Record<string, unknown>)[name];
      if (unknown === undefined) return;
      const message = `is not a field of ${objectAt(place.generic)}`;
      problems.push(problem('MC100', within(place, name), unknown, message, fixForUnknown(api, place, name)));
      return;
    }
    case 'required': {
      const name = String(error.params.missingProperty);
      const fix = `add it as ${nameOf(fieldsAt(api.table, type)[name] ?? '')}`;
      problems.push(problem('MC102', within(place, name), undefined, 'is missing', fix));
      return;
    }
    case 'pattern':
      problems.push(problem('MC104', path, value, 'must be a quantity', QUANTITY_FIX));
      return;
    case 'minimum':
    case 'maximum': {
      // Its type is wrong too, and told.
      if (!Number.isInteger(value)) return;
      const bits = type === 'Int32' ? 32 : 64;
      problems.push(
        problem('MC104', path, value, `must fit into ${bits} bits`, 'write a number nearer to zero'),
      );
      return;
    }
    default:
      // A map's entry without a value is as good as no entry; a list can't have a hole.
      if (value === undefined && place.generic.endsWith('{}')) return;
      problems.push(problem('MC101', path, value, `must be ${nameOf(type)}`, fixForType(api.table, place)));
  }
}

function within({ generic, path }: Place, name: string): string {
  return fieldPath(generic === '' ? '' : path, name);
}

/** What else says the same where a release lacks a field. */
const IN_OTHER_RELEASES: Readonly<Record<string, string>> = {
  'containers[].securityContext.addCapabilities': 'write securityContext.capabilities.add',
  'containers[].securityContext.capabilities': 'write securityContext.addCapabilities',
  'flux.container.securityContext.addCapabilities': 'write capabilities.add',
  oversubscribe: USE_MULTI_APPLICATION_CLUSTER,
};

function insteadOf(generic: string): string {
  return IN_OTHER_RELEASES[generic.replace(/^services/, 'containers')] ?? 'leave it out';
}

/** For a field that left a shared object before the object came to this place. */
function nowhereTexts(generic: string): [message: string, fix: string] {
  const object = objectAt(generic.slice(0, generic.lastIndexOf('.')));
  return [`is not a field of ${object}`, insteadOf(generic)];
}

function gapTexts(
  generic: string,
  release: OperatorVersion,
  { since, until }: Availability,
): [message: string, fix: string] {
  if (since !== undefined && since === until) {
    return [
      `is a field of builds of the branch ${since} alone`,
      `${insteadOf(generic)}, or where such a build of the operator runs set operatorVersion to ${since}`,
    ];
  }
  const only = until === undefined ? `only since ${since ?? ''}` : `only up to ${until}`;
  return [
    `is not a field of operator ${release}, ${only}`,
    `${insteadOf(generic)}, or set operatorVersion to ${since ?? until ?? ''} if that is what runs`,
  ];
}

function problem(code: string, path: string, value: unknown, message: string, fix: string): Problem {
  return { code, severity: Severity.ERROR, path, value, message, fix };
}
