/** Options that several commands have. */
import { Command, Option } from 'commander';
import type { FluxFrom } from '../model/job';
import type { ParseOptions } from '../model/minicluster';
import { isSubdomain } from '../model/kubernetes-names';
import { OPERATOR_VERSIONS, OperatorVersion } from '../model/minicluster/operator-version';
import { UsageError } from './io';
import type { JobOptions } from './render-job';

/** What the options give. */
export interface ParseFlags {
  readonly operator?: ParseOptions['operatorVersion'];
  readonly silence?: readonly string[];
}

export function operatorOption(): Option {
  return new Option('--operator <release>', 'release of the operator that v1alpha2 is meant for')
    .choices(OPERATOR_VERSIONS)
    .default(OperatorVersion.MAIN);
}

export function silenceOption(): Option {
  return new Option(
    '--silence <code>',
    'a rule that does not apply to these files, such as MC065; may be repeated',
  ).argParser((code: string, others: string[] | undefined) => repeated(code.toUpperCase(), others));
}

/** Adds what says what is to run the result, and what a Job has to be told. */
export function withEngineOptions(command: Command): Command {
  const options = [
    new Option('--engine <engine>', 'what runs it: the Flux Operator, or a Job that needs none')
      .choices(['operator', 'job'])
      .default('operator'),
    new Option('--namespace <namespace>', 'namespace of Jobs whose MiniCluster names none'),
    new Option(
      '--kubernetes <release>',
      'oldest release of Kubernetes that a Job is to run on (default: 1.28)',
    ),
    new Option(
      '--feature-gate <gate>',
      'one that is switched on there, such as ImageVolume; may be repeated',
    ).argParser(repeated),
    new Option(
      '--flux-from <source>',
      'where the Flux of a Job comes from (default: as flux.container says)',
    ).choices(['image', 'view-copy', 'view-volume']),
    new Option(
      '--certificate <secret>',
      'take the certificate of the brokers from the key curve.cert of a Secret',
    ),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

/** What the options of the engines give. */
export interface EngineFlags extends ParseFlags {
  readonly engine: 'operator' | 'job';
  readonly certificate?: string;
  readonly kubernetes?: string;
  readonly featureGate?: readonly string[];
  readonly fluxFrom?: FluxFrom;
  readonly namespace?: string;
}

/** @throws UsageError for options of the other engine, and for what no Secret can be called */
export function checkEngine(options: EngineFlags): void {
  const { engine, certificate, kubernetes, featureGate, fluxFrom, namespace } = options;
  if (certificate !== undefined) checkSecretName(certificate);
  if (engine !== 'job' && (kubernetes ?? featureGate ?? fluxFrom ?? namespace) !== undefined)
    throw new UsageError('--namespace, --kubernetes, --feature-gate and --flux-from are for --engine job');
}

/** The certificate as the model takes it. */
export function certificateOf({ certificate: secretName }: EngineFlags): Pick<JobOptions, 'certificate'> {
  return secretName === undefined ? {} : { certificate: { secretName } };
}

/** What the job engine is told. */
export function jobOptionsOf(options: EngineFlags): JobOptions {
  const { kubernetes, featureGate: featureGates, fluxFrom } = options;
  return {
    ...certificateOf(options),
    ...(kubernetes !== undefined && { kubernetes }),
    ...(featureGates && { featureGates }),
    ...(fluxFrom && { fluxFrom }),
  };
}

/** Takes each value of an option that may be given several times. */
function repeated(value: string, others: readonly string[] = []): string[] {
  return [...others, value];
}

/** @throws UsageError for what no Secret can be called */
export function checkSecretName(name: string): void {
  if (!isSubdomain(name))
    throw new UsageError(
      `${JSON.stringify(name)} is no name of a Secret: use lower-case letters, digits, - and .`,
    );
}

/**
 * The options as the model takes them.
 * @throws UsageError for codes that there are not
 */
export function parseOptions({ operator, silence = [] }: ParseFlags): ParseOptions {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- help and usage errors come without it
  const model = require('../model/minicluster') as typeof import('../model/minicluster');
  const { SILENCEABLE_CODES, V1ALPHA1_SILENCEABLE_CODES } = model;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { JOB_SILENCEABLE_CODES } = require('../model/job') as typeof import('../model/job');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { RULE_TEXTS } = require('../model/rule-texts') as typeof import('../model/rule-texts');
  const unknown = silence.filter((code) => !RULE_TEXTS.some((rule) => rule.code === code));
  if (unknown.length > 0) throw new UsageError(`no rule has the code ${unknown.join(' or ')}`);
  // Those about the text, its structure and the options: nothing can be said of what they find.
  const needed = silence.filter(
    (code) =>
      ![SILENCEABLE_CODES, V1ALPHA1_SILENCEABLE_CODES, JOB_SILENCEABLE_CODES].some((codes) =>
        codes.has(code),
      ),
  );
  if (needed.length > 0) throw new UsageError(`${needed.join(' and ')} can't be silenced`);
  return {
    operatorVersion: operator,
    ...(silence.length > 0 && {
      silence: silence.map((code) => ({ code, reason: 'silenced on the command line' })),
    }),
  };
}
