/** What holds for every input: texts arrive, manifests are valid and the same each time, and sizes stay small. */
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { InvalidSpecError } from '../../../src/model/problems';
import { MiniClusterJobInput, miniClusterJob } from '../../../src/model/job';
import { arbitrarySpec } from '../../support/arbitrary-spec';
import { CLUSTER, METADATA, RUNNER, RenderedJob, rendered, variablesOf } from '../../support/job-cluster';
import { Reads, environmentOf } from '../../support/kubernetes-expansion';
import { nasty } from '../../support/nasty-text';
import { PodContainer, templateOf } from '../../support/pod-references';
import * as checked from '../../support/render';
import { tameJob } from '../../support/tame-job';

jest.setTimeout(120_000);

/** The variables that Kubernetes adds for the Services of the namespace. */
const OUTSIDE = { LMP_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_HOST: '10.0.0.2', HOME: '/root' };

const BOTH = Object.values(Reads);

/** The containers in which a user's variables stand: of Flux, of both kinds of sidecars, of services. */
function containersWith(container: { environment: Record<string, string>; secrets?: never }): PodContainer[] {
  const cluster = rendered({
    kubernetes: '1.29',
    silence: [{ code: 'MJ023', reason: 'only rendered' }],
    containers: [
      { ...RUNNER, ...container, runFlux: true },
      { image: 'a:1', name: 'native', restartPolicy: 'Always', command: 'serve', ...container },
      { image: 'a:1', name: 'plain', ...container },
    ],
    services: [{ image: 'a:1', name: 'service', ...container }],
  });
  const services = templateOf(cluster.object('Deployment', 'lmp-services'))?.spec.containers ?? [];
  return [cluster.flux, cluster.container('native'), cluster.container('plain'), ...services];
}

test('any value of a variable reaches the container as it was written, through the expansion of Kubernetes', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('A_1', 'B_2', 'C_3'), nasty), (environment) => {
      for (const container of containersWith({ environment })) {
        for (const reads of BOTH)
          expect(environmentOf(container, reads, OUTSIDE)).toMatchObject({ ...environment });
      }
    }),
    { numRuns: 300 },
  );
});

/** Text before a reference that is not part of one. */
const literal = nasty.filter((text) => !/\$$|\$\([^)]*$/.test(text));

test('references to variables of the same container are meant, with two dollar signs they are texts', () => {
  fc.assert(
    fc.property(literal, literal, literal, nasty, (own, before, between, after) => {
      const environment = { OWN_1: own, ALL_2: `${before}$(OWN_1)${between}$$(OWN_1)${after}` };
      for (const container of containersWith({ environment })) {
        for (const reads of BOTH) {
          const arrived = environmentOf(container, reads, OUTSIDE);
          expect(arrived.OWN_1).toBe(own);
          expect(arrived.ALL_2).toBe(`${before}${own}${between}$(OWN_1)${after}`);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('a reference to a variable that comes later stays a text, one to a value from a Secret is replaced', () => {
  const { flux } = rendered(
    {},
    { environment: { A: '$(B)$(TOKEN)', B: '1' }, secrets: { TOKEN: { name: 's', key: 'k' } } },
  );
  expect(environmentOf(flux, Reads.LETTERS, OUTSIDE, { TOKEN: 'x$(B)' })).toMatchObject({
    A: '$(B)x$(B)',
    B: '1',
  });
});

test('any path that the scripts are told in a variable arrives as it was written', () => {
  fc.assert(
    fc.property(nasty, nasty, nasty, (archive, logs, python) => {
      const cluster = rendered(
        {
          archive: { path: `/${archive}.tgz` },
          flux: { container: { image: 'view:1', pythonPath: python } },
          silence: [{ code: 'MJ018', reason: 'only rendered' }],
        },
        { logs: `/${logs}` },
      );
      for (const reads of BOTH) {
        expect(environmentOf(cluster.flux, reads, OUTSIDE)).toMatchObject({
          MINICLUSTER_ARCHIVE: `/${archive}.tgz`,
          FLUX_OUTPUT_DIR: `/${logs}`,
          // An empty text says nothing.
          ...(python !== '' && { MINICLUSTER_PYTHON_PATH: python }),
        });
      }
    }),
    { numRuns: 200 },
  );
});

test('any host list of a bursted cluster reaches scripts and brokers', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const bursting = {
        leadBroker: { address: '10.0.0.5', name: 'lead', size: 2 },
        hostlist: `lmp-[0-1],${text}`,
      };
      const cluster = rendered({ flux: { ...CLUSTER.flux, bursting } });
      for (const reads of BOTH)
        expect(environmentOf(cluster.flux, reads, OUTSIDE).MINICLUSTER_HOSTS).toBe(
          `10.0.0.5,lmp-[0-1],${text}`,
        );
    }),
    { numRuns: 100 },
  );
});

/** Nothing but blanks is no text. */
const text = nasty.filter((one) => one.trim() !== '');

test('any text of the container that runs Flux is a file byte for byte', () => {
  fc.assert(
    fc.property(text, (given) => {
      const commands = {
        init: given,
        pre: given,
        brokerPre: given,
        workerPre: given,
        post: given,
        prefix: given,
      };
      const flux = { ...CLUSTER.flux, optionFlags: given, submitCommand: given };
      const { files } = rendered({ flux }, { commands });
      const names = ['init.sh', 'pre.sh', 'broker-pre.sh', 'worker-pre.sh', 'post.sh', 'prefix'];
      for (const name of [...names, 'option-flags', 'submit-command']) expect(files[name]).toBe(given);
      expect(rendered({}, { command: undefined, commands: { script: given } }).files['command.sh']).toBe(
        given,
      );
      const batch = rendered({}, { command: `#!/bin/bash\n${given}`, batch: true, batchRaw: true });
      expect(batch.files['batch.sh']).toBe(`#!/bin/bash\n${given}`);
    }),
    { numRuns: 150 },
  );
});

test('any command is a script byte for byte, or plain words that are those of a shell', () => {
  let [scripts, words] = [0, 0];
  const plain = fc.array(fc.constantFrom('lmp', '-in', 'in.é', 'a=b', '日本', '\u00a0x\u00a0', '\ufeff'), {
    minLength: 1,
  });
  const blanks = fc.constantFrom(' ', '\t', '  ');
  const command = fc.oneof(
    text,
    fc
      .tuple(plain, blanks, fc.constantFrom('', ' ', '\n'))
      .map(([list, blank, end]) => end + list.join(blank) + end),
  );
  fc.assert(
    fc.property(
      command.filter((one) => one.trim() !== ''),
      (given) => {
        const { files } = rendered({}, { command: given });
        if (files['command.sh'] !== undefined) {
          scripts += 1;
          expect(files['command.sh']).toBe(given);
          expect(files.command).toBeUndefined();
        } else {
          words += 1;
          expect(files.command?.split('\n').slice(0, -1)).toEqual(given.split(/[ \t\n]+/).filter(Boolean));
          // A shell that read the text would find no more in these words.
          expect(files.command).not.toMatch(/["'`$\\!*?#&|;<>(){}[\]~^]/);
        }
      },
    ),
    { numRuns: 500 },
  );
  expect([scripts > 50, words > 50]).toEqual([true, true]);
});

test('any text of a sidecar is a file byte for byte, and any hook of the kubelet one argument of a shell', () => {
  fc.assert(
    fc.property(text, (given) => {
      const lifeCycle = { preStopExec: `: ${given}` };
      const commands = { init: given, servicePre: given, post: given };
      const sidecar = { image: 'a:1', name: 'side', command: given, commands, lifeCycle };
      const cluster = rendered({
        containers: [{ ...RUNNER, runFlux: true, lifeCycle }, sidecar],
        silence: [{ code: 'MJ023', reason: 'only rendered' }],
      });
      for (const name of ['init', 'service-pre', 'command', 'post'])
        expect(cluster.files[`sidecar-1-${name}.sh`]).toBe(given);
      for (const container of [cluster.flux, cluster.container('side')])
        expect(container.lifecycle).toEqual({
          preStop: { exec: { command: ['/bin/bash', '-c', `: ${given}`] } },
        });
    }),
    { numRuns: 100 },
  );
});

test('any own broker configuration is a file byte for byte', () => {
  fc.assert(
    fc.property(nasty, (given) => {
      const brokerConfig = `curve_cert = "/mnt/flux/config/curve/curve.cert"\n${given}`;
      expect(rendered({ flux: { ...CLUSTER.flux, brokerConfig } }).files['broker.toml']).toBe(brokerConfig);
    }),
    { numRuns: 100 },
  );
});

/** What a bash makes of a script, as words. */
function wordsOf(script: string): string[] {
  const printed = execFileSync('bash', ['-c', `${script}\nprintf '%s\\0' "\${words[@]}"`], {
    encoding: 'utf8',
  });
  return printed.split('\0').slice(0, -1);
}

test('any variable of Flux and any word of wrap is that for the shell that reads its file', () => {
  fc.assert(
    fc.property(nasty, nasty, (value, word) => {
      const flux = { ...CLUSTER.flux, environment: { VALUE: value }, wrap: `strace,${word}` };
      const { files } = rendered({ flux });
      expect(wordsOf(`${files['view-environment.sh'] ?? ''}words=("$VALUE")`)).toEqual([value]);
      expect(
        wordsOf(`text=$(cat <<'END_OF_WRAP'\n${files.wrap ?? ''}\nEND_OF_WRAP\n)\neval "words=( $text )"`),
      ).toEqual(['strace', ...word.split(',')]);
    }),
    { numRuns: 40 },
  );
});

/** The manifests, or nothing where the input is refused; any other error is a fault. */
function orRefused<T>(render: () => T): T | undefined {
  try {
    return render();
  } catch (error) {
    if (error instanceof InvalidSpecError) return undefined;
    throw error;
  }
}

test('any spec of the right types is refused or renders valid manifests', () => {
  fc.assert(
    fc.property(arbitrarySpec('v1alpha2'), (spec) => {
      orRefused(() => checked.miniClusterJob(METADATA, spec as MiniClusterJobInput));
    }),
    { numRuns: 300 },
  );
});

test('any mix of options renders valid manifests, the same bytes each time, and leaves its input alone', () => {
  let count = 0;
  fc.assert(
    fc.property(tameJob, (input) => {
      const before = structuredClone(input);
      const manifests = orRefused(() => checked.miniClusterJob(METADATA, input));
      expect(input).toEqual(before);
      if (!manifests) return;
      count += 1;
      expect(JSON.stringify(miniClusterJob(METADATA, structuredClone(input)))).toBe(
        JSON.stringify(manifests),
      );
    }),
    { numRuns: 1000 },
  );
  expect(count).toBeGreaterThan(300);
});

test('an input that is frozen, or comes without prototypes, is rendered like any other', () => {
  const expected = JSON.stringify(rendered().manifests);
  const frozen = deepFreeze(structuredClone({ ...CLUSTER }));
  expect(JSON.stringify(miniClusterJob(METADATA, frozen))).toBe(expected);
  const bare = Object.assign(Object.create(null), CLUSTER) as MiniClusterJobInput;
  expect(JSON.stringify(miniClusterJob(METADATA, bare))).toBe(expected);
});

function deepFreeze<T extends object>(value: T): T {
  for (const field of Object.values(value))
    if (typeof field === 'object' && field !== null) deepFreeze(field as object);
  return Object.freeze(value);
}

test.each<[string, Partial<MiniClusterJobInput>]>([
  ['interactive', { interactive: true, tasks: undefined, containers: [{ image: 'a:1' }] }],
  ['elastic', { maxSize: 100_000 }],
  ['minimal', { flux: { ...CLUSTER.flux, minimalService: true } }],
  ['with bursts', { minSize: 1, flux: { ...CLUSTER.flux, bursting: { clusters: [{ name: 'b' }] } } }],
])(
  'a cluster of 100,000 pods that is %s is as large as one of 1,000, give or take some digits',
  (kind, input) => {
    // Behind one address the overlay network must be flat, which ends at 256 followers.
    const silence = kind === 'minimal' ? [{ code: 'MC059', reason: 'only the size counts' }] : [];
    const sizes = [1_000, 100_000].map((size) => {
      const cluster = new RenderedJob(
        miniClusterJob(METADATA, { ...CLUSTER, tasks: 1, ...input, size, silence }),
      );
      expect(variablesOf(cluster.flux).MINICLUSTER_HOSTS).toContain(String((input.maxSize ?? size) - 1));
      return JSON.stringify(cluster.manifests).length;
    });
    expect(Math.abs(sizes[1]! - sizes[0]!)).toBeLessThan(32);
  },
);
