import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Aws } from '../../support/boot-aws';
import { BootNode } from '../../support/boot-node';
import { PYTHON } from '../../support/python';

jest.setTimeout(30_000);

const ASSETS = join(__dirname, '../../../assets/usernetes');

/** A request, and the signature that AWS has published for it: its test suite for Signature Version 4, and the pages of
 * IAM and S3 about signing. */
const SUITE = ['AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'];
const PAGES = ['AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'];
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthA' +
  'x7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY' +
  '9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
const VECTORS: readonly (readonly [
  string,
  string,
  object,
  string,
  string,
  readonly (string | null)[],
  string,
  string,
])[] = [
  [
    'GET',
    'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
    { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
    '',
    'iam',
    [...SUITE, null],
    '20150830T123600Z',
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  ],
  [
    'POST',
    'https://example.amazonaws.com/',
    {},
    '',
    'service',
    [...SUITE, TOKEN],
    '20150830T123600Z',
    '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  ],
  [
    'GET',
    'https://example.amazonaws.com/',
    { 'My-Header1': 'value2,value2,value1' },
    '',
    'service',
    [...SUITE, null],
    '20150830T123600Z',
    'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  ],
  [
    'GET',
    'https://examplebucket.s3.amazonaws.com/test.txt',
    { Range: 'bytes=0-9' },
    '',
    's3',
    [...PAGES, null],
    '20130524T000000Z',
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT',
    'https://examplebucket.s3.amazonaws.com/test%24file.text',
    { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    'Welcome to Amazon S3.',
    's3',
    [...PAGES, null],
    '20130524T000000Z',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET',
    'https://examplebucket.s3.amazonaws.com/?lifecycle',
    {},
    '',
    's3',
    [...PAGES, null],
    '20130524T000000Z',
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'GET',
    'https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2',
    {},
    '',
    's3',
    [...PAGES, null],
    '20130524T000000Z',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
];

const SIGN = `
import datetime, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from aws_api import sign
found = []
for method, url, headers, body, service, credentials, stamp, _ in json.loads(sys.argv[2]):
    now = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
    signed = sign(method, url, headers, body.encode(), service, "us-east-1", credentials, now)
    found.append(signed["authorization"].rpartition("Signature=")[2])
print(json.dumps(found))
`;

test('requests are signed as AWS has published it', () => {
  const output = execFileSync(PYTHON, ['-c', SIGN, ASSETS, JSON.stringify(VECTORS)], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual(VECTORS.map((vector) => vector[7]));
});

test('what passes is tried again; what is refused, or is not there, is said without a secret', async () => {
  const aws = await Aws.start();
  const node = new BootNode(aws, '127.9.16.32');
  const ask = (...words: string[]) => node.run(['python3', '/opt/flux-usernetes/aws_api.py', ...words]);
  try {
    node.unpack();
    aws.parameters.set('/a', 'a value');
    aws.secrets.set('arn:aws:secretsmanager:eu-west-1:1:secret:b', 'another');
    let passing = 3;
    aws.fault = (call) => {
      passing -= 1;
      if (passing === 2) return [500, ''];
      if (passing === 1)
        return call.startsWith('metadata') ? [503, ''] : [400, '{"__type": "x#ThrottlingException"}'];
      return undefined;
    };
    expect(await ask('parameter', '/a')).toEqual({ code: 0, output: 'a value' });
    expect(passing).toBeLessThan(0);
    expect(await ask('secret', 'arn:aws:secretsmanager:eu-west-1:1:secret:b')).toEqual({
      code: 0,
      output: 'another',
    });

    expect(await ask('parameter', '/none')).toEqual({
      code: 3,
      output: "can't read the parameter /none: ParameterNotFound\n",
    });
    const put = 'printf "the-secret" | python3 /opt/flux-usernetes/aws_api.py put-parameter /a';
    aws.fault = (call) =>
      call.startsWith('PutParameter')
        ? [400, '{"__type": "AccessDeniedException", "message": "not you"}']
        : undefined;
    expect(await node.run(['sh', '-c', put])).toEqual({
      code: 1,
      output:
        "can't write the parameter /a: the role of this instance may not (AccessDeniedException not you)\n",
    });
    aws.fault = (call) => (call === 'metadata iam/security-credentials/' ? [404, ''] : undefined);
    expect(await ask('object', 'bucket', 'key')).toEqual({
      code: 1,
      output: "this instance has no role: it can't ask AWS for anything\n",
    });
    aws.fault = () => undefined;
    expect(await node.run(['sh', '-c', put])).toEqual({ code: 0, output: '' });
    expect(aws.parameters.get('/a')).toBe('the-secret');
    expect(aws.complaints).toEqual([]);
  } finally {
    node.remove();
    aws.stop();
  }
});
