import { Severity } from '../problems';
import { USE_MULTI_APPLICATION_CLUSTER } from './rules/common/operator-validation';
import { EVERY_ENGINE, MULTIPLE_APPLICATIONS_ONLY } from './rules/releases';
import { RuleText } from './rules/rule';

const EVERY = ['0.1', ...EVERY_ENGINE];

/** An error of every release that is no trap of the operator. */
export function inputRule(code: string, title: string, consequence: string, remedy: string): RuleText {
  return { code, traps: [], severity: Severity.ERROR, releases: EVERY, title, consequence, remedy };
}

const UNCLEAR = 'The library does not guess what is meant.';

/** The rules about what the library adds to a spec, by what they are about; they are checked while the input is read. */
export const INPUT_RULES = {
  silence: inputRule(
    'MC105',
    'must have the code of a rule and a reason',
    'A rule that is off without a reason on record is a rule that is lost.',
    "write { code: 'MC0…', reason: '…' }; MC100 to MC109 can't be silenced",
  ),
  release: inputRule(
    'MC106',
    'is no release of the operator',
    UNCLEAR,
    "write '0.2.0', '0.2.1' or 'main', or 'multiple-applications-per-pod' for builds of that branch",
  ),
  certificate: inputRule(
    'MC107',
    'must name a Secret, and a key of it if that is not curve.cert',
    UNCLEAR,
    'write { secretName } or { secret }, and key if needed',
  ),
  certificateName: inputRule(
    'MC160',
    'is no name that a Secret can have',
    'Kubernetes refuses the pods.',
    'write the name as `kubectl get secrets` shows it: lower-case letters, digits, - and dots',
  ),
  named: inputRule(
    'MC108',
    'must be an object with a name',
    UNCLEAR,
    'pass the construct itself, or { name }',
  ),
  tooLarge: {
    ...inputRule(
      'MC133',
      'have texts that are too large for a ConfigMap, which holds 1 MiB',
      'The API server refuses the ConfigMap.',
      'put large scripts into the image or onto a volume',
    ),
    releases: EVERY_ENGINE,
  },
  oneBroker: {
    ...inputRule(
      'MC189',
      'can not be had with several brokers in each pod',
      'A certificate has to be named in flux.brokerConfig, which the brokers of all containers would share. A pod whose other ' +
        'containers go on does not end, whatever the exit code of one of them is.',
      `leave it out, or ${USE_MULTI_APPLICATION_CLUSTER}`,
    ),
    releases: MULTIPLE_APPLICATIONS_ONLY,
  },
  namedTwice: inputRule('MC109', 'is given as an object and by name', UNCLEAR, 'keep one of the two'),
} as const;
