/** Quantities as Kubernetes writes them. */

const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?(\d+(\.\d*)?|\.\d+))?$/;

/** Is this a quantity as Kubernetes reads it (`5Gi`, `500m`, `1e3`)? */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}

/** What the units behind an amount stand for. Fractions are divided: 700m is then exactly what 0.7 is. */
const FACTORS: Readonly<Record<string, number>> = {
  ...{ '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};
const DIVISORS: Readonly<Record<string, number>> = { m: 1e3, u: 1e6, n: 1e9 };

/** A quantity as a number: `500m` is 0.5. Not a number where it is none. */
export function amountOf(quantity: string | number): number {
  const [, amount, unit = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  const divisor = DIVISORS[unit];
  return divisor === undefined ? Number(amount) * (FACTORS[unit] ?? NaN) : Number(amount) / divisor;
}
