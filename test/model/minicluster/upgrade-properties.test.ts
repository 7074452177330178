/** What an upgrade promises for every v1alpha1 spec: nothing is dropped in silence, and nothing secret is told. */
import * as fc from 'fast-check';
import { MiniClusterV1Alpha1Spec, checkMiniCluster } from '../../../src/model/minicluster';
import { checkStructure } from '../../../src/model/minicluster/structure';
import {
  FluxSource,
  UpgradeEffect,
  UpgradedMiniCluster,
  upgradeMiniCluster,
} from '../../../src/model/minicluster/upgrade';
import { arbitrarySpec } from '../../support/arbitrary-spec';

jest.setTimeout(120_000);

const METADATA = { name: 'lmp', namespace: 'hpc' };

type Step = string | number;
interface Leaf {
  readonly steps: readonly Step[];
  readonly value: unknown;
}

/** Every text, number and truth value of a tree, with its place. */
function leaves(value: unknown, steps: readonly Step[] = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...steps, index]));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => leaves(item, [...steps, key]));
  return [{ steps, value }];
}

function at(tree: unknown, steps: readonly Step[]): unknown {
  return steps.reduce<unknown>((part, step) => (part as Record<Step, unknown> | undefined)?.[step], tree);
}

function written(steps: readonly Step[]): string {
  return steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);
}

/** What reads a text as words, lines or paths, so that there must be some of each kind. */
const TEXTS: Record<string, (unique: string) => string> = {
  command: (unique) => `run-${unique} -in x`,
  pre: (unique) => `a-${unique} "$X"\nb-${unique}`,
  init: (unique) => `a-${unique} <<E\n${unique}\nE`,
  path: (unique) => `/mnt-${unique}/a.tar.gz`,
  preStopExec: (unique) => `/bin/stop-${unique} now`,
};

/** The same tree with every text replaced by one that occurs nowhere else. */
function withUniqueTexts(tree: unknown): MiniClusterV1Alpha1Spec {
  let count = 0;
  const visit = (value: unknown, field: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, field));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, key)]));
    if (typeof value !== 'string') return value;
    count += 1;
    const unique = `u${count}u`;
    if (field === 'storageClass' && value.length % 2 === 0) return 'hostpath';
    if (field === 'command' && value.length % 2 === 0) return `one-${unique} 'a b'\ntwo-${unique}`;
    return (Object.hasOwn(TEXTS, field) ? TEXTS[field]?.(unique) : undefined) ?? unique;
  };
  return visit(tree, '') as MiniClusterV1Alpha1Spec;
}

/** Quantities are no free texts: another text there is no valid spec. */
const QUANTITIES = new Set(['limits', 'requests', 'resources']);

function keepQuantities<T>(changed: T, original: T): T {
  const [copy, from] = [changed, original] as Record<string, unknown>[];
  for (const key of Object.keys(copy ?? {})) {
    if (QUANTITIES.has(key)) copy![key] = from![key];
    else if (typeof copy![key] === 'object') keepQuantities(copy![key], from![key]);
  }
  return changed;
}

/** Valid specs with exactly one container that runs Flux. */
const unique = fc
  .tuple(arbitrarySpec('v1alpha1'), fc.nat(2))
  .map(([spec, runner]): MiniClusterV1Alpha1Spec => {
    const changed = keepQuantities(withUniqueTexts(spec), spec);
    const containers = changed.containers.map((container, index, { length }) => ({
      ...container,
      runFlux: index === runner % length,
    }));
    return { ...changed, containers };
  });

const source = fc.constantFrom(FluxSource.IMAGE, FluxSource.VIEW);

/** A text that only changed its meaning or place must still be there: no note but that of a loss stands for it. */
function isCovered({ notes }: UpgradedMiniCluster, path: string, isText: boolean): boolean {
  return notes
    .filter(({ effect }) => !isText || effect === UpgradeEffect.LOST)
    .some((note) => path === note.path || ['.', '['].some((next) => path.startsWith(note.path + next)));
}

/** Is this leaf in the result, where it was or elsewhere, or in a note? */
function isAccountedFor({ steps, value }: Leaf, result: UpgradedMiniCluster, text: string): boolean {
  if (at(result.input, steps) === value) return true;
  // The one map that was merged into another, key by key.
  if (
    at(
      result.input,
      steps.map((step) => (step === 'existingVolumes' ? 'volumes' : step)),
    ) === value
  )
    return true;
  const isText = typeof value === 'string' && value !== '';
  if (isText && value.split('\n').every((line) => text.includes(JSON.stringify(line).slice(1, -1))))
    return true;
  return isCovered(result, written(steps), isText);
}

test('every leaf of a v1alpha1 spec is in the upgraded MiniCluster, in its objects or in a note', () => {
  fc.assert(
    fc.property(unique, source, (spec, flux) => {
      const result = upgradeMiniCluster(METADATA, spec, { flux });
      const text = JSON.stringify([result.input, result.objects]);
      const missing = leaves(spec).filter((leaf) => !isAccountedFor(leaf, result, text));
      expect(missing).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});

test('every note names a place of v1alpha1, says something, and says it once', () => {
  fc.assert(
    fc.property(unique, source, (spec, flux) => {
      const { notes } = upgradeMiniCluster(METADATA, spec, { flux });
      for (const { path, message, fix } of notes) {
        expect(path).toMatch(/^[a-zA-Z]+/);
        expect(message).toMatch(/^\S.*\S$/);
        expect(fix ?? 'x').not.toMatch(/^\s*$|[.;]$/);
      }
      const told = notes.map(({ path, message }) => `${path} ${message}`);
      expect(told).toEqual([...new Set(told)]);
    }),
    { numRuns: 300 },
  );
});

test('any v1alpha1 spec is upgraded, the same each time, to fields that v1alpha2 has, and is not changed itself', () => {
  fc.assert(
    fc.property(arbitrarySpec('v1alpha1'), source, (spec, flux) => {
      const before = JSON.stringify(spec);
      const first = upgradeMiniCluster(METADATA, spec, { flux });
      expect(JSON.stringify(upgradeMiniCluster(METADATA, spec, { flux }))).toBe(JSON.stringify(first));
      expect(JSON.stringify(spec)).toBe(before);
      const { certificate, reportFailure, archive, ...fields } = first.input;
      const path = archive?.path;
      expect(
        checkStructure('v1alpha2', path === undefined ? fields : { ...fields, archive: { path } }),
      ).toEqual([]);
      checkMiniCluster(first.metadata, first.input);
    }),
    { numRuns: 500 },
  );
});

test('no note shows a password, a token, a key or a certificate', () => {
  fc.assert(
    fc.property(unique, (spec) => {
      const told = JSON.stringify(upgradeMiniCluster(METADATA, spec).notes);
      const secrets = [
        ...(spec.users ?? []).map(({ password }) => password),
        spec.fluxRestful?.token,
        spec.fluxRestful?.secretKey,
        spec.flux?.curveCert,
      ].filter((secret) => secret !== undefined);
      for (const secret of secrets) expect(told).not.toContain(`"${secret}"`);
    }),
    { numRuns: 300 },
  );
});
