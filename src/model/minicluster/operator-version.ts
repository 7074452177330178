/**
 * A release of the Flux Operator that serves v1alpha2. It decides which fields exist and which
 * traps hold. Source: the tags and the main branch of flux-framework/flux-operator.
 */
export enum OperatorVersion {
  /** Tag 0.2.0, March 2024. */
  V0_2_0 = '0.2.0',
  /** Tag 0.2.1, August 2024. */
  V0_2_1 = '0.2.1',
  /** The main branch as of June 2026 (0d75cef8); what the published image runs. */
  MAIN = 'main',
}

/** All releases, oldest first. */
export const OPERATOR_VERSIONS: readonly OperatorVersion[] = [
  OperatorVersion.V0_2_0,
  OperatorVersion.V0_2_1,
  OperatorVersion.MAIN,
];
