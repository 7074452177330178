/** The key that is made where there is no Flux, against RFC 7748, RFC 32 of ZeroMQ, and Node's own X25519. */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { needTools } from '../../support/pod-machine';
import { PYTHON } from '../../support/python';

beforeAll(needTools);

/** Evaluates an expression over the lines of the input in Python, with what curve_key.py has. */
function python(expression: string, lines: readonly string[]): string[] {
  const script = `import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])
from functools import reduce
from curve_key import *
for line in sys.stdin.read().splitlines():
    words = [bytes.fromhex(word) for word in line.split()]
    print(${expression})`;
  const folder = join(__dirname, '../../../assets/certificate');
  return execFileSync(PYTHON, ['-c', script, folder], { input: lines.join('\n'), encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

/** RFC 7748, section 5.2: a scalar, a point, and where they lead. */
const VECTORS = [
  [
    'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  ],
  [
    '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  ],
];

test('points are those of RFC 7748', () => {
  const lines = VECTORS.map(([scalar, point]) => `${scalar} ${point}`);
  expect(python('x25519(*words).hex()', lines)).toEqual(VECTORS.map(([, , result]) => result));
});

test('a thousand times over, the point is that of RFC 7748', () => {
  const nine = `09${'00'.repeat(31)}`;
  const [result] = python(
    'reduce(lambda pair, _: (x25519(*pair), pair[0]), range(1000), words * 2)[0].hex()',
    [nine],
  );
  expect(result).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
});

test('public keys are those that Node makes of the same bytes', () => {
  const prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
  const edges = [Buffer.alloc(32), Buffer.alloc(32, 255), Buffer.from(`${'00'.repeat(31)}80`, 'hex')];
  const keys = [...edges, ...Array.from({ length: 500 }, () => randomBytes(32))];
  const expected = keys.map((key) => {
    const secret = createPrivateKey({ key: Buffer.concat([prefix, key]), format: 'der', type: 'pkcs8' });
    return Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x ?? '', 'base64url').toString(
      'hex',
    );
  });
  expect(
    python(
      'x25519(words[0]).hex()',
      keys.map((key) => key.toString('hex')),
    ),
  ).toEqual(expected);
});

test('bytes are written as ZeroMQ writes them', () => {
  expect(python('z85(words[0])', ['864fd26fb559f75b', '00000000ffffffff'])).toEqual([
    'HelloWorld',
    '00000%nSc0',
  ]);
});

test('each certificate has a key of its own', () => {
  const keys = python('certificate("x").split(\'"\')[5]', ['00', '00', '00']);
  expect(new Set(keys).size).toBe(3);
});
