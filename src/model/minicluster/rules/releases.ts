import { OPERATOR_VERSIONS, OperatorVersion } from '../operator-version';

/** What a rule names beside the releases of the operator if it holds for a MiniClusterJob too, which runs without one. */
export const JOB_ENGINE = 'job';

/** Rules that hold for every release that serves v1alpha2. */
export const EVERY_RELEASE: readonly string[] = OPERATOR_VERSIONS;

/** Rules about what came or broke after 0.2.1. */
export const MAIN_ONLY: readonly string[] = [OperatorVersion.MAIN];

/** Rules about fields of the pod that came with 0.2.1. */
const FROM_0_2_1: readonly string[] = [OperatorVersion.V0_2_1, OperatorVersion.MAIN];

/** Rules about builds with several brokers in each pod. */
export const MULTIPLE_APPLICATIONS_ONLY: readonly string[] = [OperatorVersion.MULTIPLE_APPLICATIONS];

/** Rules about what 0.2.1 brought, and the branch has already. */
export const SINCE_0_2_1: readonly string[] = [...MULTIPLE_APPLICATIONS_ONLY, ...FROM_0_2_1];

/** The same, for what no engine can do. */
export const EVERY_ENGINE: readonly string[] = [...EVERY_RELEASE, JOB_ENGINE];
export const MAIN_AND_JOB: readonly string[] = [...MAIN_ONLY, JOB_ENGINE];
export const SINCE_0_2_1_AND_JOB: readonly string[] = [...SINCE_0_2_1, JOB_ENGINE];
export const FROM_0_2_1_AND_JOB: readonly string[] = [...FROM_0_2_1, JOB_ENGINE];

/** Rules about the one container that runs Flux, which gets the name of the cluster. */
export const ONE_BROKER_IN_EACH_POD: readonly string[] = EVERY_ENGINE.filter(
  (release) => !MULTIPLE_APPLICATIONS_ONLY.includes(release),
);
