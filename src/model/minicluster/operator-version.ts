/**
 * A release of the Flux Operator that serves v1alpha2. It decides which fields exist and which
 * traps hold. Source: the tags and the main branch of flux-framework/flux-operator.
 */
export enum OperatorVersion {
  /** Tag 0.2.0, March 2024. */
  V0_2_0 = '0.2.0',
  /**
   * A build of the branch multiple-applications-per-pod (July 2024, f380ce48), which was never merged or released. It left
   * main at 6a223538, shortly before 0.2.1: it has the fields of 0.2.1 but for three of the pod, and `oversubscribe`.
   * Its traps are those of 0.2.1.
   */
  MULTIPLE_APPLICATIONS = 'multiple-applications-per-pod',
  /** Tag 0.2.1, August 2024. */
  V0_2_1 = '0.2.1',
  /** The main branch as of June 2026 (0d75cef8); what the published image runs. */
  MAIN = 'main',
}

/** All of them, oldest first; the branch stands where it left main. */
export const OPERATOR_VERSIONS: readonly OperatorVersion[] = [
  OperatorVersion.V0_2_0,
  OperatorVersion.MULTIPLE_APPLICATIONS,
  OperatorVersion.V0_2_1,
  OperatorVersion.MAIN,
];
