/** Measurements of several things in turns, and what is made of them: medians, and medians of the rounds' ratios. */

/** One measurement of one thing. */
export interface Measurement {
  readonly milliseconds: number;
  /** The most memory that the process had. */
  readonly mebibytes: number;
  /** Of what was rendered. */
  readonly hash: string;
}

export type Quantity = 'milliseconds' | 'mebibytes';

/** A comparison, as a line of the table. */
export interface Row {
  readonly what: string;
  readonly against: string;
  readonly unit: string;
  /** Medians of all rounds. */
  readonly ours: number;
  readonly theirs: number;
  /** The median of the ratios of the single rounds: a slow minute of the machine hits both sides of each. */
  readonly ratio: number;
  /** The ratio that must not be exceeded; undefined where the number is for comparison only. */
  readonly limit?: number;
}

/** Measures each of several things in turns, so that a slow minute of the machine hits all of them. */
export async function inTurns<Name extends string, Measured>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name) => Promise<Measured>,
): Promise<Record<Name, readonly Measured[]>> {
  const result = new Map<Name, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) result.get(name)?.push(await measure(name));
  return Object.fromEntries(result) as Record<Name, Measured[]>;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Compares two series that were measured in turns. */
export function row<Of extends Quantity>(
  { what, against, limit }: Pick<Row, 'what' | 'against' | 'limit'>,
  [ours, theirs]: readonly [readonly Pick<Measurement, Of>[], readonly Pick<Measurement, Of>[]],
  of: Of,
): Row {
  return {
    what,
    against,
    limit,
    unit: of === 'milliseconds' ? 'ms' : 'MiB',
    ours: median(ours.map((measured) => measured[of])),
    theirs: median(theirs.map((measured) => measured[of])),
    ratio: median(ours.map((measured, round) => measured[of] / theirs[round]![of])),
  };
}

export function exceeds({ ratio, limit }: Row): boolean {
  return limit !== undefined && ratio > limit;
}
