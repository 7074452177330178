/** YAML means here what it means to kubectl: seen with its parser, sigs.k8s.io/yaml 1.6. */
import * as fc from 'fast-check';
import scalars from '../../fixtures/kubectl-scalars.json';
import { readYaml } from '../../../src/model/minicluster/parse/yaml-source';
import { writeYaml } from '../../../src/model/minicluster/parse/yaml-writer';

interface Scalar {
  readonly text: string;
  readonly value?: unknown;
  readonly error?: boolean;
}

const SCALARS: readonly Scalar[] = scalars;

function read(text: string): unknown {
  const [document] = readYaml(text);
  if (!document || document.faults.length > 0) throw new Error(JSON.stringify(document?.faults));
  return document.value;
}

test('each kind of plain scalar has the value that kubectl sees', () => {
  for (const { text, value, error } of SCALARS) {
    if (error) expect(() => read(`v: ${text}\n`)).toThrow('no JSON can hold');
    else expect([text, read(`v: ${text}\n`)]).toEqual([text, { v: value }]);
  }
});

test('a text that kubectl would take for something else is written in quotes', () => {
  for (const { text } of SCALARS.filter((scalar) => typeof scalar.value !== 'string')) {
    expect(writeYaml({ v: text })).toMatch(/^v: ["']/);
  }
});

test('texts whose lines or characters a block can not hold are escaped, others are readable', () => {
  const written = (text: string): string => writeYaml({ v: text }).trimEnd();
  expect(written('\techo a\n\techo b\n')).toBe('v: "\\techo a\\n\\techo b\\n"');
  expect(written(' \n')).toBe('v: "\\ \\n"');
  expect(written('a\u2028b\u0085c\u007f\ufeff')).toBe('v: "a\\u2028b\\u0085c\\u007f\\ufeff"');
  expect(written('echo a\n\techo b\n')).toBe('v: |\n  echo a\n  \techo b');
  expect(writeYaml({ 'a\u2028b': 'é 🌀' })).toBe('"a\\u2028b": é 🌀\n');
});

test('any text, as key and as value, comes back as it was', () => {
  const text = fc.oneof(
    fc.constantFrom('<<', '=', '__proto__', '---', '...', '%YAML'),
    fc.string({ unit: 'grapheme' }),
    fc
      .array(
        fc.constantFrom(
          '\t',
          '\n',
          ' ',
          '-',
          '#',
          ':',
          '"',
          "'",
          '%',
          '\u0085',
          '\u2028',
          'a',
          '0',
          'e',
          '.',
        ),
      )
      .map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, text, (key, value) => {
      expect(read(writeYaml({ [key]: value, list: [value] }))).toEqual({ [key]: value, list: [value] });
    }),
    { numRuns: 2000 },
  );
});

test('a merge wins over keys before it and loses to keys after it', () => {
  const base = 'base: &base { a: 1, b: 1 }\n';
  expect(read(`${base}m: { a: 0, <<: *base, b: 2 }\n`)).toMatchObject({ m: { a: 1, b: 2 } });
  expect(read(`${base}m: { <<: [{ a: 5 }, *base] }\n`)).toMatchObject({ m: { a: 5, b: 1 } });
});

test('directives, endless aliases and numbers without a value are refused with a reason', () => {
  const reason = (text: string): string => readYaml(text)[0]?.faults[0]?.message ?? 'none';
  expect(reason('%YAML 1.2\n---\na: yes\n')).toContain('directives');
  expect(reason('a: &x { b: *x }\n')).toBe('the anchor x contains itself');
  expect(reason('a: .inf\n')).toContain('no JSON');
});

test('aliases are counted by what they unfold to, not by how many there are', () => {
  const many = (count: number, item: string): string => Array<string>(count).fill(item).join(', ');
  expect(read(`a: &a text\nb: [${many(5000, '*a')}]\n`)).toBeDefined();
  const bomb = [
    'a: &a [x]',
    ...'bcdefghij'
      .split('')
      .map((name, index) => `${name}: &${name} [${many(9, `*${'abcdefghi'.charAt(index)}`)}]`),
  ];
  const [document] = readYaml(`${bomb.join('\n')}\n`);
  expect(document?.faults).toMatchObject([{ kind: 'alias-bomb', position: { line: 8 } }]);
});

test('marks of byte order do not count, at the start of a text or of a document in it', () => {
  const documents = readYaml('\ufeffa: 1\n---\n\ufeffa: 2\n\ufeff---\na: 3\n');
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
});

test('documents without content are empty, whatever comments they have', () => {
  expect(readYaml('---\n---\n# only this\n---\na: 1\n').map(({ isEmpty }) => isEmpty)).toEqual([
    true,
    true,
    false,
  ]);
});

test('large maps are read in a time that grows with them', () => {
  const lines = (count: number): string =>
    Array.from({ length: count }, (_, index) => `key-${index}: v\n`).join('');
  const seconds = (count: number): number => {
    const start = performance.now();
    const [document] = readYaml(lines(count));
    for (let index = 0; index < count; index += 1) document?.positionAt(`key-${index}`);
    return (performance.now() - start) / 1000;
  };
  seconds(1000);
  // 40 times as many keys: quadratic time would be 1,600 times as much.
  expect(seconds(40_000) / seconds(1000)).toBeLessThan(400);
});
