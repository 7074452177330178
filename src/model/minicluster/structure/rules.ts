/** What the codes of the structural check say. */
import { Severity } from '../../problems';
import { OPERATOR_VERSIONS } from '../operator-version';
import { EVERY_ENGINE } from '../rules/releases';
import { RuleText } from '../rules/rule';

const EVERY_RELEASE: readonly string[] = ['0.1', ...EVERY_ENGINE];

/** The rules that checkStructure applies, for the page of rules. They can't be silenced. */
export const STRUCTURE_RULES: readonly RuleText[] = [
  {
    code: 'MC100',
    traps: ['T33', 'T34', 'T43', 'T77'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is not a field of a MiniCluster',
    consequence:
      "The API server drops a field that it doesn't know without an error, and most clients say nothing either: " +
      'the MiniCluster runs as if the field had not been written.',
    remedy: 'write the name that the message suggests, or leave the field out',
  },
  {
    code: 'MC101',
    traps: ['T76'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'has the wrong type',
    consequence:
      'The API server rejects the MiniCluster. It happens most with environment variables, whose values are ' +
      'strings even where they look like numbers or truth values.',
    remedy: 'write a value of the type that the message names; quote numbers that are meant as text',
  },
  {
    code: 'MC102',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is missing',
    consequence: 'The API server rejects the MiniCluster.',
    remedy: 'add the field',
  },
  {
    code: 'MC103',
    traps: [],
    severity: Severity.ERROR,
    releases: OPERATOR_VERSIONS,
    title: 'is not a field of this release of the operator',
    consequence:
      'A cluster with the CustomResourceDefinition of that release drops the field without an error, and the ' +
      'MiniCluster runs as if it had not been written.',
    remedy: 'set operatorVersion to a release that has the field, or leave the field out',
  },
  {
    code: 'MC104',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is not a quantity, or a number out of range',
    consequence:
      'The API server rejects the MiniCluster, or the operator fails when it reads the value and no pod is made.',
    remedy: 'write a quantity such as 500m, 4 or 8Gi, or a number that fits into 32 bits',
  },
];
