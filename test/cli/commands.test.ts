/** The other commands of the command line. */
import { createPublicKey, createPrivateKey } from 'node:crypto';
import { Manifest } from '../../src/model/manifest';
import { FLUX_OPERATOR_RULES } from '../../src/model/flux-operator';
import { RULE_TEXTS } from '../../src/model/rule-texts';
import { SHARED_VOLUME_RULES } from '../../src/model/storage';
import { enterFolder, minicluster, yamlCluster } from '../support/command-line';
import { manifestsIn } from '../support/manifests';
import { checked } from '../support/checked';

const GOOD = yamlCluster('good');
const QUOTED = yamlCluster('quoted').replace('lmp -in a', 'echo "a b"');
const CONFIG_MAP = '# of mine\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: data }\n';
const OLD = yamlCluster('old')
  .replace('v1alpha2', 'v1alpha1')
  .replace('  tasks: 1\n', '  tasks: 1\n  size: 2\n');

describe('render', () => {
  test('prints a MiniCluster without traps and objects of other kinds as they were written', async () => {
    const text = `${CONFIG_MAP}---\n${GOOD}`;
    const { code, out } = await minicluster(['render', '-'], { input: text });
    expect({ code, out }).toEqual({ code: 0, out: text });
  });

  test('mends what the operator would mangle, and keeps the other documents in their order', async () => {
    const { code, out } = await minicluster(['render', '-'], {
      input: `${CONFIG_MAP}---\n${QUOTED}---\n${GOOD}`,
    });
    expect(code).toBe(0);
    expect(out.startsWith(CONFIG_MAP)).toBe(true);
    const [, scripts, quoted, good] = checked(manifestsIn(out));
    expect(scripts?.data).toEqual({ 'command.sh': 'echo "a b"' });
    expect(quoted?.spec).toMatchObject({ containers: [{ command: '/bin/bash /flux-scripts/command.sh' }] });
    expect(good).toEqual(manifestsIn(GOOD)[0]);
  });

  test('prints nothing if anything is wrong, and tells it on standard error with its place', async () => {
    const { code, out, err } = await minicluster(['render', '-'], {
      input: `${GOOD}---\n${yamlCluster('bad', '  size: 0')}`,
    });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^stdin:18:3: error: spec\.size must be .*, got 0 \(MC110\)$/m);
  });

  test('adds what YAML has no field for: the report of failures and the certificate', async () => {
    const flags = ['--report-failure', '--certificate', 'my-certificate'];
    const { code, out, err } = await minicluster(['render', ...flags, '-'], { input: GOOD });
    expect(code).toBe(0);
    expect(err).toBe('');
    const [scripts, resource] = checked(manifestsIn(out));
    expect(Object.keys(scripts?.data ?? {})).toContain('report-failure.sh');
    expect(resource?.spec).toMatchObject({
      backoffLimit: 1,
      containers: [{ volumes: { 'curve-certificate': { secretName: 'my-certificate' } } }],
    });
  });

  test('refuses to print two objects of one name, of which the second would replace the first', async () => {
    const own = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: quoted-scripts }\n';
    const { code, out, err } = await minicluster(['render', '-'], { input: `${own}---\n${QUOTED}` });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^stdin: error: ConfigMap quoted-scripts has the name of another object .* \(MC307\)$/m,
    );

    const folder = enterFolder({ 'a.yaml': QUOTED, 'b.yaml': QUOTED });
    expect(await minicluster(['render', '.'])).toMatchObject({ code: 1, out: '' });
    folder.leave();
  });

  test('refuses options for v1alpha1, which has nothing of the kind', async () => {
    const { code, err } = await minicluster(['render', '--report-failure', '-'], { input: OLD });
    expect(code).toBe(2);
    expect(err).toContain('use minicluster upgrade first');
  });

  test('reads a list of objects as its items', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [...manifestsIn(QUOTED), ...manifestsIn(CONFIG_MAP)],
    };
    const { out } = await minicluster(['render', '-'], { input: JSON.stringify(list) });
    expect(manifestsIn(out).map(({ kind }) => kind)).toEqual(['ConfigMap', 'MiniCluster', 'ConfigMap']);
  });

  test('texts that look like something else to kubectl are printed in quotes', async () => {
    const env = [
      '    environment:',
      '      A: "yes"',
      '      B: "0777"',
      '      C: "0o17"',
      '      D: "1e3"',
      '      E: "null"',
    ];
    const { out } = await minicluster(['render', '-'], { input: `${QUOTED}${env.join('\n')}\n` });
    for (const text of ['yes', '0777', '0o17', '1e3', 'null']) expect(out).toContain(`: "${text}"\n`);
  });
});

describe('upgrade', () => {
  test('prints a v1alpha1 MiniCluster as v1alpha2, and remarks with their places on standard error', async () => {
    const { code, out, err } = await minicluster(['upgrade', '-'], { input: `${OLD}    cores: 2\n` });
    expect(code).toBe(0);
    expect(checked(manifestsIn(out)).at(-1)).toMatchObject({ apiVersion: 'flux-framework.org/v1alpha2' });
    expect(err).toMatch(/^stdin:10:5: note: lost: spec\.containers\[0\]\.cores .*, was 2/m);
  });

  test('prints the volume that two MiniClusters of a namespace share once', async () => {
    const volumes = '  volumes: { data: { path: /srv } }\n';
    const [one, other] = ['one', 'other'].map((name) => OLD.replace('old', name) + volumes);
    const { code, out } = await minicluster(['upgrade', '-'], {
      input: `${one!.replace('}\nspec', ', namespace: hpc }\nspec')}---\n${other!.replace('}\nspec', ', namespace: hpc }\nspec')}`,
    });
    expect(code).toBe(0);
    const kinds = manifestsIn(out).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'PersistentVolume')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'MiniCluster')).toHaveLength(2);
  });

  test('leaves other objects and v1alpha2 MiniClusters as they are', async () => {
    const text = `${CONFIG_MAP}---\n${GOOD}`;
    expect(await minicluster(['upgrade', '-'], { input: text })).toMatchObject({ code: 0, out: text });
  });

  const SCRIPTED = OLD.replace('lmp -in a', 'echo "a b"');

  test('adds the certificate, which render can not add to what it printed', async () => {
    const without = await minicluster(['upgrade', '-'], { input: SCRIPTED });
    expect(without.err).toMatch(
      /^stdin:4:1: warning: spec leaves .* \(MC065\)\n {4}fix: upgrade it with minicluster upgrade --certificate SECRET$/m,
    );
    const { code, out, err } = await minicluster(['upgrade', '--certificate', 'mine', '-'], {
      input: SCRIPTED,
    });
    expect(code).toBe(0);
    expect(err).not.toContain('MC065');
    expect(checked(manifestsIn(out)).at(-1)?.spec).toMatchObject({
      containers: [{ volumes: { 'curve-certificate': { secretName: 'mine' } } }],
    });
    expect(await minicluster(['check', '-'], { input: out })).toMatchObject({ code: 0 });
  });

  test('the certificate of the command line is in place of that of the file', async () => {
    const input = `${OLD}  flux: { curveCertSecret: theirs }\n`;
    const kept = await minicluster(['upgrade', '-'], { input });
    expect(kept.out).toContain('secretName: theirs');
    const { out } = await minicluster(['upgrade', '--certificate', 'mine', '-'], { input });
    expect(out).toContain('secretName: mine');
    expect(out).not.toContain('theirs');
  });

  test('rules of v1alpha2 are silenced in what becomes of the file', async () => {
    const { err } = await minicluster(['upgrade', '--silence', 'MC065', '-'], { input: OLD });
    expect(err).not.toContain('MC065');
  });

  test('with --engine job a v1alpha1 MiniCluster becomes a Job in one step, others stay', async () => {
    const volumes = '  volumes: { data: { path: /srv } }\n';
    const input = `${SCRIPTED}    volumes: { data: { path: /data } }\n${volumes}---\n${GOOD}`;
    const flags = ['--engine', 'job', '--namespace', 'hpc', '--certificate', 'mine'];
    const { code, out, err } = await minicluster(['upgrade', ...flags, '-'], { input });
    expect(code).toBe(0);
    expect(err).not.toMatch(/error|reportFailure: /);
    const objects = manifestsIn(out);
    expect(objects.map(({ kind }) => kind)).toEqual([
      'PersistentVolume',
      'PersistentVolumeClaim',
      'ConfigMap',
      'Service',
      'Job',
      'MiniCluster',
    ]);
    for (const { metadata } of objects.slice(1, -1)) expect(metadata.namespace).toBe('hpc');
    expect(JSON.stringify(objects[0])).toContain('"namespace":"hpc"');
    const spec = JSON.stringify(objects.at(-2)?.spec);
    expect(spec).toContain('"secretName":"mine"');
    expect(spec).not.toContain('initContainers');
    checked(objects.slice(0, -1));
  });

  test.each([[['--flux', 'view']], [['--flux-from', 'view-copy']]])(
    'a Job takes Flux from the view with %j, and not from the image of the application',
    async (flags) => {
      const all = ['upgrade', '--engine', 'job', '--certificate', 'mine', ...flags, '-'];
      const { code, out } = await minicluster(all, { input: OLD });
      expect(code).toBe(0);
      const job = manifestsIn(out).at(-1) as Manifest & { spec: { template: { spec: object } } };
      expect(job.spec.template.spec).toMatchObject({
        initContainers: [{ image: expect.stringContaining('flux-view') as unknown }],
      });
    },
  );

  test.each([
    [['--certificate', 'My_Secret'], 'is no name of a Secret'],
    [['--namespace', 'hpc'], 'are for --engine job'],
    [['--engine', 'job', '--kubernetes', '1.2'], '--kubernetes takes a release from 1.28 on'],
    [['--engine', 'job', '--flux', 'view', '--flux-from', 'image'], 'give one of the two'],
  ])('%j is a usage error', async (flags, message) => {
    const { code, out, err } = await minicluster(['upgrade', ...flags, '-'], { input: OLD });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  test('tells of an API version that there is not, and prints nothing', async () => {
    const { code, out, err } = await minicluster(['upgrade', '-'], {
      input: GOOD.replace('v1alpha2', 'v1beta1'),
    });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^stdin:1:1: error: apiVersion .*\(MC303\)$/m);
  });

  test('prints nothing if the result would not be valid', async () => {
    const { code, out, err } = await minicluster(['upgrade', '-'], { input: `${OLD}    comand: x\n` });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/comand .*\(MC100\)/);
  });
});

describe('certificate', () => {
  async function certificate(...args: string[]): Promise<Manifest & { readonly immutable: boolean }> {
    const { code, out, err } = await minicluster(['certificate', ...args]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return checked(manifestsIn(out))[0] as Manifest & { readonly immutable: boolean };
  }

  test('prints an immutable Secret with a key pair that belongs together', async () => {
    const secret = await certificate('job-certificate', '--namespace', 'hpc', '--key', 'my.cert');
    expect(secret.metadata).toEqual({ name: 'job-certificate', namespace: 'hpc' });
    expect(secret.immutable).toBe(true);
    const text = Buffer.from(secret.data?.['my.cert'] ?? '', 'base64').toString();
    const [publicKey, secretKey] = ['public-key', 'secret-key'].map((name) =>
      fromZ85(new RegExp(`^ {4}${name} = "(.{40})"$`, 'm').exec(text)?.[1] ?? ''),
    );
    const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secretKey!]);
    const derived = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    expect(derived.export({ format: 'der', type: 'spki' }).subarray(-32)).toEqual(publicKey);
    // flux-core refuses metadata with an underscore.
    expect(text).not.toContain('_');
  });

  test('is another one each time', async () => {
    expect((await certificate('a')).data).not.toEqual((await certificate('a')).data);
  });

  test('refuses to show a secret key on a screen, and names that no Secret can have', async () => {
    const onScreen = await minicluster(['certificate', 'a'], { isTerminal: true });
    expect(onScreen).toMatchObject({ code: 2, out: '', err: expect.stringContaining('pipe it') as unknown });
    for (const args of [['My_Cert'], ['a..b'], ['a', '--namespace', 'x.y'], ['a', '--key', 'a b']]) {
      expect(await minicluster(['certificate', ...args])).toMatchObject({ code: 2, out: '' });
    }
  });

  /** RFC 32 of ZeroMQ, in the other direction than the library has it. */
  function fromZ85(text: string): Buffer {
    const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
    const bytes = Buffer.alloc((text.length / 5) * 4);
    for (let group = 0; group < text.length / 5; group += 1) {
      const digits = Array.from(text.slice(group * 5, group * 5 + 5));
      bytes.writeUInt32BE(
        digits.reduce((sum, digit) => sum * 85 + alphabet.indexOf(digit), 0),
        group * 4,
      );
    }
    return bytes;
  }
});

describe('explain', () => {
  const ALL_RULES = [...RULE_TEXTS, ...FLUX_OPERATOR_RULES, ...SHARED_VOLUME_RULES];

  test('prints what each rule is about', async () => {
    const { code, out } = await minicluster(['explain', ...ALL_RULES.map((rule) => rule.code.toLowerCase())]);
    expect(code).toBe(0);
    for (const { code: rule, consequence } of ALL_RULES) {
      expect(out).toContain(`${rule}, `);
      expect(out).toContain(consequence);
    }
  });

  test('tells of codes that there are not', async () => {
    expect(await minicluster(['explain', 'MC001', 'XX9'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(
        /no rule has the code XX9; codes begin with CD, FD, FO, MA, MC, MJ, PU, SV, UC, UI, and docs\/ has them all/,
      ) as unknown,
    });
  });
});

describe('help', () => {
  test.each(['check', 'render', 'upgrade', 'certificate', 'explain', 'completion'])(
    'of %s describes each argument and option, on standard output',
    async (name) => {
      const { code, out, err } = await minicluster([name, '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const items = out
        .split('\n')
        .filter((line) => /^ {2}(-|[a-z])/.test(line) && !line.includes('minicluster '));
      expect(items.length).toBeGreaterThan(1);
      for (const line of items) expect(line).toMatch(/^ {2}\S+( \S+)? {2,}\S/);
    },
  );

  test('the examples that help shows are command lines that work', async () => {
    const folder = enterFolder({
      'job.yaml': GOOD,
      'other.yaml': GOOD,
      'jobs/a.yaml': GOOD,
      'old.yaml': OLD,
    });
    const texts = await Promise.all(
      [[], ['check'], ['render'], ['upgrade'], ['certificate'], ['completion']].map((args) =>
        minicluster([...args, '--help']),
      ),
    );
    const examples = texts
      .flatMap(({ out }) => /Examples:\n([^]*?)(?:\n\n|$)/.exec(out)?.[1]?.split('\n') ?? [])
      .map((line) => /minicluster (.*?)(?: {2,}|\)| [|>]| 2>|$)/.exec(line)?.[1] ?? '')
      .filter((line) => line !== '');
    expect(examples.length).toBeGreaterThan(10);
    for (const example of examples) {
      const { code, err } = await minicluster(example.split(' '), { input: GOOD });
      expect([example, code, code === 0 ? '' : err]).toEqual([example, 0, '']);
    }
    folder.leave();
  });
});
