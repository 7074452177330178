/** The 86 known traps of the operator, each with what the library does about it: none gets lost. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULE_TEXTS } from '../../../src/model/rule-texts';
import { ROUTED_CODES } from '../../../src/model/minicluster/routes';

interface Trap {
  readonly trap: string;
  /** A rule tells of it; the rendering goes around it (and a rule tells of it in YAML); or neither. */
  readonly reaction: 'rule' | 'routed' | 'neither';
  readonly codes: readonly string[];
  /** Why neither. */
  readonly reason?: string;
  /** By which option it is routed around, where that is not automatic. */
  readonly how?: string;
}

const TRAPS = JSON.parse(readFileSync(join(__dirname, '../../fixtures/traps.json'), 'utf8')) as Trap[];

/** Rules for v1alpha1 have codes of their own from MC201 on. */
const isV1Alpha1 = (code: string): boolean => code >= 'MC200';

test('the table holds T1 to T86, each once', () => {
  expect(TRAPS.map(({ trap }) => trap)).toEqual(Array.from({ length: 86 }, (_, index) => `T${index + 1}`));
});

test.each(TRAPS)('$trap has the rules that claim it, and no others: $codes', ({ trap, codes }) => {
  const claiming = RULE_TEXTS.filter(({ code, traps }) => !isV1Alpha1(code) && traps.includes(trap));
  expect(claiming.map(({ code }) => code).sort()).toEqual([...codes].sort());
});

test('what is neither a rule nor routed has a reason, and only that', () => {
  for (const { trap, reaction, codes, reason } of TRAPS) {
    expect([trap, codes.length > 0, (reason?.length ?? 0) > 40]).toEqual([
      trap,
      reaction !== 'neither',
      reaction === 'neither',
    ]);
  }
});

test('what is said to be routed is: by a route of one of its rules, or by an option that is named', () => {
  for (const { trap, reaction, codes, how } of TRAPS) {
    const hasRoute = codes.some((code) => ROUTED_CODES.has(code));
    expect([trap, hasRoute || how !== undefined]).toEqual([trap, reaction === 'routed']);
  }
});

test('rules name only traps that exist, and have a code of their own', () => {
  const known = new Set(TRAPS.map(({ trap }) => trap));
  expect(RULE_TEXTS.flatMap(({ traps }) => traps).filter((trap) => !known.has(trap))).toEqual([]);
  expect(new Set(RULE_TEXTS.map(({ code }) => code)).size).toBe(RULE_TEXTS.length);
});

test('every text of a rule reads as a phrase behind a field, a sentence and an order', () => {
  for (const { code, title, consequence, remedy } of RULE_TEXTS) {
    expect([code, /^[^A-Z]/.test(title), title.endsWith('.')]).toEqual([code, true, false]);
    expect([code, /^[A-Z`].*\.$/s.test(consequence)]).toEqual([code, true]);
    expect([code, /^[^A-Z]/.test(remedy), remedy.endsWith('.')]).toEqual([code, true, false]);
  }
});
