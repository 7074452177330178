import { Problem, Severity } from '../problems';
import { ArchiveOptions, takeArchive } from '../state/read-archive';
import { readStaging } from '../staging/read-staging';
import { StagedPath } from '../staging/spec';
import { Tree, isTree } from '../tree';
import { v1alpha2 } from '../minicluster/api/generated/fields';
import { MiniClusterSpec } from '../minicluster/api/v1alpha2';
import { Silence } from '../minicluster/input';
import { MountFacts, copy, readCertificate, readSilence, readSpec } from '../minicluster/read-input';
import { OperatorVersion } from '../minicluster/operator-version';
import { problemOf } from '../minicluster/rules/rule';
import { SPEC_STRUCTURES, Structure, checkFields, checkStructure } from '../minicluster/structure';
import { Writable } from '../minicluster/writable';
import { jobOptions } from './generated/options.fields';
import { validate } from './generated/options.validate';
import { FluxFrom, MiniClusterJobInput } from './input';
import { OPTION_RULES } from './rules/option-rules';
import { MiniClusterJobOptions } from './options';

/** The parts of an input, and what is wrong with the structure of each. */
export interface ReadJobInput {
  /** A copy of the spec, with names in place of objects. */
  readonly spec: Writable<MiniClusterSpec>;
  readonly options: MiniClusterJobOptions;
  /** What is said of volumes besides the spec, by their paths. */
  readonly mounts: ReadonlyMap<string, MountFacts>;
  readonly fluxFrom?: FluxFrom;
  readonly archive?: ArchiveOptions;
  readonly staging: readonly StagedPath[];
  readonly certificate?: { readonly secretName: string; readonly key: string };
  readonly silence: readonly Silence[];
  /** `restartPolicy` of the containers that have one, by their index. */
  readonly restartPolicies: ReadonlyMap<number, unknown>;
  readonly problems: Problem[];
}

const OPTION_NAMES = Object.keys(jobOptions.objects.MiniClusterJobOptions ?? {});

const OPTIONS: Structure = {
  table: jobOptions,
  validate,
  stale: {},
  other: { name: 'v1alpha1', table: SPEC_STRUCTURES.v1alpha1.table },
};

/** The spec as the job engine takes it: messages about unknown fields know the options too. */
const SPEC: Structure = {
  ...SPEC_STRUCTURES.v1alpha2,
  table: {
    ...v1alpha2,
    objects: {
      ...v1alpha2.objects,
      MiniClusterSpec: {
        ...v1alpha2.objects.MiniClusterSpec,
        ...jobOptions.objects.MiniClusterJobOptions,
        fluxFrom: 'string',
        certificate: 'CertificateSource',
        staging: 'StagedPath[]',
      },
    },
  },
};

/** Takes an input apart, which may be anything: callers in JavaScript and YAML have no compiler. */
export function readJobInput(input: MiniClusterJobInput, known: ReadonlySet<string>): ReadJobInput {
  const problems: Problem[] = [];
  const given: Partial<MiniClusterJobInput> = isTree(input) ? input : {};
  const { silence, certificate, fluxFrom, staging, ...rest } = given;
  const ofOptions: Tree = {};
  const ofSpec: Tree = { ...rest };
  for (const name of OPTION_NAMES) {
    if (ofSpec[name] !== undefined) ofOptions[name] = ofSpec[name];
    Reflect.deleteProperty(ofSpec, name);
  }
  const options = copy(ofOptions) as MiniClusterJobOptions;
  const mounts = new Map<string, MountFacts>();
  const spec = readSpec(ofSpec, problems, mounts);
  const restartPolicies = takeRestartPolicies(spec);
  const archive = takeArchive(spec, problems);
  problems.push(
    ...checkStructure('v1alpha2', spec, OperatorVersion.MAIN, SPEC),
    ...checkFields(OPTIONS, options),
  );
  return {
    spec,
    options,
    mounts,
    archive,
    staging: readStaging(staging, problems),
    fluxFrom: readFluxFrom(fluxFrom, problems),
    certificate: readCertificate(certificate, problems),
    silence: readSilence(silence, known, problems),
    restartPolicies,
    problems,
  };
}

/** Takes a field out of the containers that the spec of the operator doesn't have. */
function takeRestartPolicies(spec: unknown): Map<number, unknown> {
  const found = new Map<number, unknown>();
  const { containers } = spec as { containers?: unknown };
  if (!Array.isArray(containers)) return found;
  containers.forEach((container: unknown, index) => {
    if (!isTree(container) || !('restartPolicy' in container)) return;
    found.set(index, container.restartPolicy);
    Reflect.deleteProperty(container, 'restartPolicy');
  });
  return found;
}

function readFluxFrom(given: unknown, problems: Problem[]): FluxFrom | undefined {
  if (given === undefined) return undefined;
  const known = Object.values(FluxFrom).find((one) => one === given);
  if (!known) problems.push(problemOf(OPTION_RULES.fluxFrom, 'fluxFrom', given));
  return known;
}

/** Is one of these an error of the structure, after which the rules can't be asked? */
export function isUnreadable(problems: readonly Problem[]): boolean {
  return problems.some(({ code, severity }) => severity === Severity.ERROR && UNREADABLE.has(code));
}

const UNREADABLE: ReadonlySet<string> = new Set(['MC101', 'MC102', 'MC104']);
