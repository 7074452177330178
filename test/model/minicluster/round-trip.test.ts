/** A manifest that is read and rendered again is the same manifest. */
import * as fc from 'fast-check';
import { writeYaml } from '../../../src/model/minicluster/parse/yaml-writer';
import { Manifest } from '../../../src/model/manifest';
import {
  ParsedMiniCluster,
  miniCluster,
  miniClusterV1Alpha1,
  parseMiniCluster,
} from '../../../src/model/minicluster';
import { RULE_TEXTS } from '../../../src/model/rule-texts';
import { InvalidSpecError } from '../../../src/model/problems';
import { arbitrarySpec } from '../../support/arbitrary-spec';
import { tameSpec } from '../../support/tame-spec';

jest.setTimeout(60_000);

const METADATA = { name: 'lmp', namespace: 'hpc', labels: { 'app.kubernetes.io/part-of': 'test' } };

/** Every rule that can be silenced: then a spec of any kind is rendered as it is written. */
const silence = RULE_TEXTS.filter(({ code }) => !/^(MJ.*|MC(10[0-9]|133|30.))$/.test(code)).map(
  ({ code }) => ({
    code,
    reason: 'the text is what is looked at here',
  }),
);

/** Numbers that stand for quantities are read as their texts. */
function withTexts(value: unknown, key = ''): unknown {
  if (typeof value === 'number' && /^(limits|requests|resources)$/.test(key)) return String(value);
  if (Array.isArray(value)) return value.map((item) => withTexts(item));
  if (typeof value !== 'object' || value === null) return value;
  const inner = (name: string): string => (/^(limits|requests|resources)$/.test(key) ? key : name);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withTexts(one, inner(name))]));
}

function read(manifest: Manifest): ParsedMiniCluster {
  return parseMiniCluster(writeYaml(manifest), { silence });
}

const KIND = { kind: 'MiniCluster', metadata: METADATA };

test('any v1alpha2 spec, with every field there is, comes back from YAML as it was', () => {
  let count = 0;
  fc.assert(
    fc.property(arbitrarySpec('v1alpha2'), (spec) => {
      const written = { apiVersion: 'flux-framework.org/v1alpha2', ...KIND, spec };
      const { metadata, input } = read(written);
      expect(metadata).toEqual(METADATA);
      expect(input).toEqual({ ...(withTexts(spec) as object), silence: expect.any(Array) as unknown });
      const rendered = render(() => miniCluster(metadata, input!));
      if (!rendered) return;
      count += 1;
      expect(rendered).toEqual([withTexts(written)]);
    }),
    { numRuns: 200 },
  );
  expect(count).toBeGreaterThan(100);
});

test('any v1alpha1 spec, with every field there is, comes back from YAML as it was', () => {
  let count = 0;
  fc.assert(
    fc.property(arbitrarySpec('v1alpha1'), (spec) => {
      const written = { apiVersion: 'flux-framework.org/v1alpha1', ...KIND, spec };
      const { metadata, inputV1Alpha1 } = read(written);
      expect(inputV1Alpha1).toEqual({
        ...(withTexts(spec) as object),
        silence: expect.any(Array) as unknown,
      });
      const rendered = render(() => miniClusterV1Alpha1(metadata, inputV1Alpha1!));
      if (!rendered) return;
      count += 1;
      expect(rendered).toEqual([withTexts(written)]);
    }),
    { numRuns: 200 },
  );
  expect(count).toBeGreaterThan(100);
});

/** The manifests, or nothing where even the silence of all rules leaves an error. */
function render(build: () => Manifest[]): Manifest[] | undefined {
  try {
    return build();
  } catch (error) {
    if (error instanceof InvalidSpecError) return undefined;
    throw error;
  }
}

test('what the library has rendered is read without a finding to mend, and rendered as it is', () => {
  let rendered = 0;
  fc.assert(
    fc.property(tameSpec, (spec) => {
      const resource = render(() => miniCluster(METADATA, spec))?.at(-1);
      if (!resource) return;
      rendered += 1;
      const { metadata, input, findings } = parseMiniCluster(writeYaml(resource));
      expect(findings.filter(({ mendable }) => mendable)).toEqual([]);
      expect(miniCluster(metadata, input!)).toEqual([resource]);
    }),
    { numRuns: 1500 },
  );
  expect(rendered).toBeGreaterThan(100);
});
