import { OPERATOR_VERSIONS, OperatorVersion } from '../operator-version';

/** Rules that hold for every release that serves v1alpha2. */
export const EVERY_RELEASE: readonly string[] = OPERATOR_VERSIONS;

/** Rules about what came or broke after 0.2.1. */
export const MAIN_ONLY: readonly string[] = [OperatorVersion.MAIN];

/** Rules about what 0.2.1 brought. */
export const SINCE_0_2_1: readonly string[] = [OperatorVersion.V0_2_1, OperatorVersion.MAIN];
