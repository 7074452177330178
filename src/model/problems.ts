/** How bad a problem is. */
export enum Severity {
  /** The input can't work, or does something other than what it says: nothing is rendered. */
  ERROR = 'error',
  /** The input works, with a consequence that its writer should know. */
  WARNING = 'warning',
}

/** One thing that is wrong with an input. */
export interface Problem {
  /** Stable code of the rule, explained in docs/rules.md; that of constructs other than MiniClusters on their pages. */
  readonly code: string;
  readonly severity: Severity;
  /** Where in the input, in the notation `containers[0].volumes.data.path`. */
  readonly path: string;
  /** The value that was given; absent where something is missing. */
  readonly value?: unknown;
  /** What is wrong, as a phrase that follows the path: `must be at least 1`. */
  readonly message: string;
  /** What to write instead, as a phrase in the imperative. */
  readonly fix: string;
}

/** Is one of these an error? */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === Severity.ERROR);
}

const LONGEST_VALUE = 60;

/** A value as an error message shows it: JSON, cut where it gets long; what JSON has no text for is named. */
export function show(value: unknown): string {
  const text = jsonOf(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function jsonOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  // What a copy has in place of a number that YAML and JSON can't write.
  if (typeof value === 'symbol') return value.description ?? '';
  try {
    // Undefined for functions and symbols, an error for cycles and big integers.
    const text = JSON.stringify(value) as string | undefined;
    return text ?? String(value);
  } catch {
    return String(value);
  }
}

/** What is wrong, without what to do about it: `size must be at least 1, got 0`. */
export function complaint({ path, message, value }: Problem): string {
  return `${path} ${message}${value === undefined ? '' : `, got ${show(value)}`}`;
}

/** One problem in one line: `size must be at least 1, got 0; write 1 or more (MC110)`. */
export function describe(problem: Problem): string {
  return `${complaint(problem)}; ${problem.fix} (${problem.code})`;
}

/** Thrown for an input that can't be rendered; it holds every error, not just the first. Warnings come later. */
export class InvalidSpecError extends Error {
  public override readonly name = 'InvalidSpecError';

  /**
   * @param subject what is invalid, as the message names it: `MiniCluster 'lammps'`
   * @param problems all errors, at least one
   */
  public constructor(
    subject: string,
    public readonly problems: readonly Problem[],
  ) {
    const lines = problems.map((problem) => `  - ${describe(problem)}`);
    super(
      [
        `${subject} is not valid:`,
        ...lines,
        `  (codes: ${pageOf(problems)} of flux-framework-constructs)`,
      ].join('\n'),
    );
  }
}

/** The page that explains the codes: those of MiniClusters have one of their own. */
function pageOf([first]: readonly Problem[]): string {
  return PAGES[first?.code.slice(0, 2) ?? ''] ?? 'docs/rules.md';
}

/** The pages of codes that are not in docs/rules.md, by how the codes start. */
const PAGES: Readonly<Record<string, string>> = {
  CD: 'docs/content-distribution.md',
  FD: 'docs/flux-distribute.md',
  FO: 'docs/flux-operator.md',
  PU: 'docs/pulumi.md',
  SV: 'docs/shared-volume.md',
  UC: 'docs/usernetes-cluster.md',
  UI: 'docs/usernetes-image.md',
};

/**
 * Stops at errors, passes over warnings.
 * @param subject what is checked, as the message names it
 * @throws InvalidSpecError with all errors among the problems
 */
export function throwErrors(subject: string, problems: readonly Problem[]): void {
  const errors = problems.filter(({ severity }) => severity === Severity.ERROR);
  if (errors.length > 0) throw new InvalidSpecError(subject, errors);
}

/** How a message names what is not valid: `MiniCluster 'lammps'`; it may have no name, which is one of its problems. */
export function subjectOf(kind: string, metadata: { readonly name?: string } | undefined): string {
  const name = metadata?.name;
  return name === undefined ? kind : `${kind} '${name}'`;
}
