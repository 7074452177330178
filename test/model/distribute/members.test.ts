/** Who belongs to a FluxDistribute, what the next generation is, and what brokers read of it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { PYTHON } from '../../support/python';
import '../../support/real-processes';

const PROGRAM = join(__dirname, '../../support/distribute-plan.py');

function ask(questions: readonly object[]): readonly Record<string, unknown>[] {
  const options = { input: JSON.stringify(questions), encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  return JSON.parse(execFileSync(PYTHON, [PROGRAM], options)) as Record<string, unknown>[];
}

interface Plan {
  readonly changes: readonly (readonly [string, string])[];
  readonly hosts: readonly string[];
  readonly gone: readonly number[];
  readonly resources: readonly object[];
  readonly leadSince: number;
  readonly reason: string;
  readonly document: string;
  readonly toml: string;
  readonly r: unknown;
  readonly seconds: number;
  /** What would still have to change after it. */
  readonly left: readonly (readonly [string, string])[];
  readonly nodes: Record<string, readonly [boolean, boolean, string]>;
}

function plan(question: object): Plan {
  return ask([{ plan: question }])[0] as unknown as Plan;
}

interface NodeState {
  readonly labels?: Record<string, string>;
  readonly taints?: readonly object[];
  readonly ready?: boolean;
  readonly address?: string;
  readonly cpu?: number;
  readonly architecture?: string;
}

function node(name: string, state: NodeState = {}): object {
  const { labels, taints, ready = true, cpu = 4, architecture = 'amd64' } = state;
  const address = state.address ?? `10.${name.length}.0.${(Number(/\d+$/.exec(name)?.[0] ?? 0) % 250) + 1}`;
  return {
    metadata: {
      name,
      labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture, ...labels },
    },
    spec: { taints },
    status: {
      capacity: { cpu: String(cpu) },
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }],
      addresses: [
        { type: 'Hostname', address: name },
        ...(address === '' ? [] : [{ type: 'InternalIP', address }]),
      ],
    },
  };
}

const nodes = (...names: readonly string[]): readonly object[] => names.map((name) => node(name));

/** The generation that these hosts make, the first of them as the lead. */
function first(hosts: readonly string[], settings: object = {}): string {
  return plan({ nodes: hosts.map((name) => node(name)), lead: hosts[0], settings }).document;
}

test('host lists: any names come back in their order, as Flux reads them', () => {
  const digits = fc.stringMatching(/^[0-9]{1,18}$/);
  const part = fc.oneof(
    fc.constantFrom('node-', 'ip-10-0-', 'a', '-', '.ec2.internal', 'x0', '10.0.0.', 'fd00::'),
    digits,
  );
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const run = fc
    .tuple(
      part,
      fc.integer({ min: 0, max: 120 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 4 }),
      part,
    )
    .map(([head, start, count, width, tail]) =>
      Array.from(
        { length: count },
        (_, step) => `${head}${String(start + step).padStart(width, '0')}${tail}`,
      ),
    );
  const lists = fc
    .sample(fc.array(fc.oneof(run, fc.array(name)), { maxLength: 6 }), 1500)
    .map((list) => list.flat());
  ask(lists.map((hosts) => ({ hosts }))).forEach(({ text, back }, index) => {
    expect([text, back]).toEqual([text, lists[index]]);
  });
});

test('host lists are ranges where names allow it', () => {
  const range = (count: number, start: number, text: (number: number) => string): readonly string[] =>
    Array.from({ length: count }, (_, index) => text(index + start));
  const lists: readonly (readonly [readonly string[], string])[] = [
    [range(1000, 0, (number) => `node-${number}`), 'node-[0-999]'],
    [range(11, 0, (number) => `n${String(number).padStart(2, '0')}`), 'n[00-10]'],
    [range(6, 20, (number) => `ip-10-0-1-${number}.ec2.internal`), 'ip-10-0-1-[20-25].ec2.internal'],
    [['node-5', ...range(5, 0, (number) => `node-${number}`)], 'node-[5,0-4]'],
    [range(250, 1, (number) => `10.0.0.${number}`), '10.0.0.[1-250]'],
    [['a1', 'a01', 'a2'], 'a1,a01,a2'],
    [['a9', 'a10', 'b', 'b'], 'a[9-10],b,b'],
    [['99999999999999999998', '99999999999999999999'], '99999999999999999998,99999999999999999999'],
    [[], ''],
  ];
  expect(ask(lists.map(([hosts]) => ({ hosts }))).map(({ text }) => text)).toEqual(
    lists.map(([, text]) => text),
  );
});

test('what is no host list, or no set of numbers, is an error that says where', () => {
  const wrong = [
    'a[1',
    'a]',
    'a,,b',
    ',',
    'a,',
    'a[3-1]',
    'a[1-3,b]',
    'a[]',
    'a[1-99999999]',
    'a[0-9999][0-9999]',
  ];
  for (const answer of ask(wrong.map((hostlist) => ({ hostlist })))) {
    expect(answer.error).toMatch(/^(not a|more than)/);
  }
  const sets = ['1-', 'a', '3-1', '1,1', '2,1', '-1', '0-99999999999', '1,,2'];
  for (const answer of ask(sets.map((idset) => ({ idset })))) expect(answer.error).toMatch(/set of numbers/);
  expect(ask([{ hostlist: 'a[1-2]b[08-09]x,c' }, { idset: '[0-2,7]' }, { idset: '' }])).toEqual([
    { is: ['a1b08x', 'a1b09x', 'a2b08x', 'a2b09x', 'c'] },
    { is: [0, 1, 2, 7] },
    { is: [] },
  ]);
});

test('sets of numbers come back as they were', () => {
  const sets = fc.sample(fc.uniqueArray(fc.integer({ min: 0, max: 300 })), 500);
  ask(sets.map((ids) => ({ ids }))).forEach(({ back }, index) => {
    expect(back).toEqual([...(sets[index] ?? [])].sort((one, two) => one - two));
  });
});

test('nodes belong by labels, architecture, role and taints, not by name', () => {
  const taint = (key: string, effect: string): NodeState => ({ taints: [{ key, value: 'yes', effect }] });
  const cases: readonly (readonly [string, NodeState, boolean, boolean])[] = [
    ['plain', {}, true, true],
    ['my-control-plane-proxy', {}, true, true],
    ['not-ready', { ready: false }, false, true],
    ['no-address', { address: '' }, false, true],
    ['windows', { labels: { 'kubernetes.io/os': 'windows' } }, false, false],
    ['riscv', { architecture: 'riscv64' }, false, false],
    ['role', { labels: { 'node-role.kubernetes.io/control-plane': '' } }, false, false],
    ['other-pool', { labels: { pool: 'other' } }, false, false],
    ['cordoned', taint('node.kubernetes.io/unschedulable', 'NoSchedule'), true, true],
    ['unreachable', taint('node.kubernetes.io/unreachable', 'NoExecute'), true, true],
    ['pressure', taint('node.kubernetes.io/disk-pressure', 'NoSchedule'), true, true],
    ['uninitialized', taint('node.cloudprovider.kubernetes.io/uninitialized', 'NoSchedule'), false, true],
    ['out-of-service', taint('node.kubernetes.io/out-of-service', 'NoExecute'), false, false],
    ['soft', taint('x', 'PreferNoSchedule'), true, true],
    ['gpu', taint('nvidia.com/gpu', 'NoSchedule'), true, true],
    ['gpu-out', taint('nvidia.com/gpu', 'NoExecute'), false, false],
    ['exact', taint('team', 'NoSchedule'), true, true],
  ];
  const pool = (state: NodeState): NodeState => ({ ...state, labels: { pool: 'hpc', ...state.labels } });
  const found = plan({
    nodes: cases.map(([name, state]) => node(name, pool(state))),
    lead: 'plain',
    settings: {
      nodeSelector: { pool: 'hpc' },
      tolerations: [
        { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'team', value: 'yes' },
      ],
    },
  }).nodes;
  expect(cases.map(([name]) => [name, ...(found[name] ?? []).slice(0, 2)])).toEqual(
    cases.map(([name, , join_, stay]) => [name, join_, stay]),
  );
  const all = plan({
    nodes: [node('a', { labels: { 'node-role.kubernetes.io/control-plane': '' } })],
    lead: 'a',
    settings: { controlPlane: true, tolerations: [{ operator: 'Exists' }] },
  });
  expect(all.nodes.a).toEqual([true, true, 'node/amd64/4']);
});

test('a new lead and the old one swap their ranks, all others keep theirs', () => {
  const document = first(['a', 'b', 'c', 'd']);
  const lost = plan({ document, nodes: nodes('b', 'c', 'd', 'e'), lead: 'c' });
  expect(lost.hosts).toEqual(['c', 'b', 'a', 'd', 'e']);
  expect(lost).toMatchObject({ gone: [2], leadSince: 2, reason: 'c is the lead now, e joined', left: [] });
  const outsider = plan({ document, nodes: nodes('a', 'b', 'c', 'd', 'e'), lead: 'e' });
  expect(outsider.hosts).toEqual(['e', 'b', 'c', 'd', 'a']);
  const same = plan({ document: lost.document, nodes: nodes('b', 'c', 'd', 'e', 'f'), lead: 'c' });
  expect(same).toMatchObject({ leadSince: 2, gone: [2] });
});

test('hosts that are gone are dropped when they are more than eight and more than a quarter', () => {
  const names = Array.from({ length: 36 }, (_, index) => `n${index}`);
  const left = (count: number): Plan =>
    plan({ document: first(names), nodes: nodes(...names.slice(0, -count), 'new'), lead: 'n0' });
  expect(left(8).hosts).toHaveLength(37);
  expect(left(9).hosts).toHaveLength(37);
  expect(left(10).hosts).toEqual([...names.slice(0, -10), 'new']);
  expect(left(10).gone).toEqual([]);
});

test('a host that is gone calls for a generation if others are to connect to it', () => {
  const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
  const gone = (topology: string, ...left: readonly string[]): readonly string[] => {
    const settings = { topology };
    const there = nodes(...names.filter((name) => !left.includes(name)));
    const found = plan({ document: first(names, settings), nodes: there, lead: 'n0', settings });
    return found.changes.map((change) => change.join(' '));
  };
  expect(gone('flat', 'n1', 'n7')).toEqual([]);
  expect(gone('kary:2', 'n4', 'n7')).toEqual([]);
  expect(gone('kary:2', 'n3')).toEqual(['left n3']);
  // n7 is the only one below n3, which is below n1.
  expect(gone('kary:2', 'n3', 'n7')).toEqual([]);
  expect(gone('kary:2', 'n1', 'n3', 'n4')).toEqual(['left n1', 'left n3']);
  expect(gone('binomial', 'n7')).toEqual(['left n7']);
});

test('whatever joins, leaves and leads: ranks hold, nobody is twice, trees have no holes above the living', () => {
  const names = Array.from({ length: 24 }, (_, index) => `n${index}`);
  const subset = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 24 });
  const scene = fc.record({
    before: subset,
    after: subset,
    lead: fc.nat(23),
    topology: fc.constantFrom('flat', 'kary:1', 'kary:2', 'kary:3', 'binomial', 'mincrit:2'),
  });
  const scenes = fc.sample(scene, 200);
  const documents = ask(
    scenes.map(({ before, topology }) => ({
      plan: { nodes: nodes(...before), lead: before[0], settings: { topology } },
    })),
  ) as unknown as readonly Plan[];
  const plans = ask(
    scenes.map(({ after, lead, topology }, index) => ({
      plan: {
        document: documents[index]?.document,
        nodes: nodes(...after),
        lead: after[lead % after.length],
        settings: { topology },
      },
    })),
  ) as unknown as readonly Plan[];
  plans.forEach((found, index) => {
    const { after, lead, topology } = scenes[index] ?? { after: [], lead: 0, topology: '' };
    const old = documents[index]?.hosts ?? [];
    expect(found.hosts[0]).toBe(after[lead % after.length]);
    expect(new Set(found.hosts).size).toBe(found.hosts.length);
    expect(after.filter((name) => !found.hosts.includes(name))).toEqual([]);
    // A generation takes up all there is: it calls for no other one.
    expect(found.left).toEqual([]);
    if (topology !== 'flat') return;
    const kept = old.filter((name) => found.hosts.includes(name));
    if (kept.length < old.length) return;
    const moved = old.filter((name, rank) => found.hosts[rank] !== name);
    expect(moved.length).toBeLessThanOrEqual(2);
  });
});

test('cores: those of the settings, of those that a kind of node really has', () => {
  const found = plan({
    nodes: [
      node('a', { cpu: 8, labels: { 'node.kubernetes.io/instance-type': 'big' } }),
      node('b', { cpu: 4 }),
      node('c', { cpu: 2 }),
      node('d', { cpu: 8 }),
    ],
    lead: 'a',
    settings: { cores: '2-7', gpus: true },
    kinds: { 'big/amd64/8': { cores: '0-3', gpus: '0-1' } },
  });
  // c has none of these cores, so that it isn't taken in.
  expect(found.hosts).toEqual(['a', 'b', 'd']);
  expect(found.resources).toEqual([
    { ranks: '0', cores: '2-3', gpus: '0-1' },
    { ranks: '1', cores: '2-3', gpus: '' },
    { ranks: '2', cores: '2-7', gpus: '' },
  ]);
  expect(found.r).toEqual({
    version: 1,
    execution: {
      R_lite: [
        { rank: '0', children: { core: '2-3', gpu: '0-1' } },
        { rank: '1', children: { core: '2-3' } },
        { rank: '2', children: { core: '2-7' } },
      ],
      nodelist: ['a,b,d'],
      starttime: 0,
      expiration: 0,
    },
  });
});

test('broker.toml: hosts that others connect to have an address, all others are ranges', () => {
  const names = Array.from({ length: 6 }, (_, index) => `node-${index}`);
  const toml = (settings: object, rank = 0): string =>
    plan({ nodes: nodes(...names), lead: 'node-0', settings, rank }).toml;
  expect(toml({ configuration: '[access]\nallow-guest-user = true\n' }, 3))
    .toBe(`# Written by flux-distribute for generation 1.
[bootstrap]
curve_cert = "/run/flux-distribute/flux/config/curve.cert"
default_port = 8050
default_bind = "tcp://10.6.0.4:8050"
hosts = [
  { host = "node-0", connect = "tcp://10.6.0.1:8050" },
  { host = "node-[1-5]" },
]

[resource]
path = "/run/flux-distribute/flux/config/R"
noverify = true

[kvs]
checkpoint-period = "2s"

[access]
allow-guest-user = true
`);
  expect(toml({ topology: 'kary:2' })).toContain(`hosts = [
  { host = "node-0", connect = "tcp://10.6.0.1:8050" },
  { host = "node-1", connect = "tcp://10.6.0.2:8050" },
  { host = "node-2", connect = "tcp://10.6.0.3:8050" },
  { host = "node-[3-5]" },
]`);
  expect(toml({ topology: 'binomial' }).match(/connect =/g)).toHaveLength(6);
  const ipv6 = plan({ nodes: [node('a', { address: 'fd00::1' })], lead: 'a' }).toml;
  expect(ipv6).toContain('default_bind = "tcp://[fd00::1]:8050"\nenable_ipv6 = true\n');
});

test('a thousand nodes: a second to plan, ranges, and a ConfigMap that is far from full', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `node-${index}`);
  const address = (index: number): string => `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`;
  const all = names.map((name, index) => node(name, { address: address(index) }));
  const made = plan({ nodes: all, lead: 'node-0' });
  expect(JSON.parse(made.document)).toMatchObject({
    hosts: 'node-[0-999]',
    addresses: '10.0.0.[1-250],10.0.1.[1-250],10.0.2.[1-250],10.0.3.[1-250]',
  });
  expect(made.document.length).toBeLessThan(1000);
  expect(made.toml.length).toBeLessThan(1000);
  // Names without any order, a tree, and a hundred nodes that come and go.
  const odd = names.map(
    (_, index) => `${((index * 2654435761) % 4294967296).toString(16)}.nodes.example.org`,
  );
  const settings = { topology: 'kary:16', cores: '0-3' };
  const before = plan({ nodes: odd.slice(0, 900).map((name) => node(name)), lead: odd[0], settings });
  const after = plan({
    document: before.document,
    nodes: odd.slice(100).map((name) => node(name)),
    lead: odd[500],
    settings,
  });
  expect(after.hosts).toHaveLength(1000);
  for (const { document, toml, seconds } of [made, before, after]) {
    expect(document.length + toml.length).toBeLessThan(150_000);
    expect(seconds).toBeLessThan(1);
  }
});

test('starts are spread over ten seconds at most, and the lead waits for nobody', () => {
  const [small, large] = ask([{ jitter: 4 }, { jitter: 5000 }]) as unknown as readonly {
    readonly follower: readonly number[];
    readonly lead: number;
  }[];
  expect(Math.max(...(small?.follower ?? []))).toBeLessThan(0.05);
  const spread = large?.follower ?? [];
  expect(Math.max(...spread)).toBeLessThanOrEqual(10);
  for (const second of [0, 2, 4, 6, 8])
    expect(spread.filter((pause) => pause >= second && pause < second + 2).length).toBeGreaterThan(100);
  expect(large?.lead).toBe(0);
});

test('a document that nobody of ours has written is refused with what is wrong', () => {
  const good = JSON.parse(first(['a', 'b'])) as Record<string, unknown>;
  const cases: readonly (readonly [object | string, RegExp])[] = [
    ['{', /Expecting/],
    ['[]', /no JSON object/],
    ['1e999999', /no JSON object/],
    [{ generation: 0 }, /generation is no number/],
    [{ generation: true }, /generation is no number/],
    [{ hosts: 7 }, /hosts is no text/],
    [{ hosts: '' }, /hosts is empty/],
    [{ hosts: 'a,a' }, /a name twice/],
    [{ hosts: 'a,b"\nconnect' }, /can't be the name of a node/],
    [{ hosts: 'a,b,c' }, /3 hosts and 2 addresses/],
    [{ addresses: 'a,b' }, /IPv4 or IPv6/],
    [{ gone: '0' }, /rank 0/],
    [{ gone: '5' }, /that there aren't/],
    [{ certificate: 'x' }, /fingerprint/],
    [{ environment: '../../etc' }, /name of a folder/],
    [{ environment: '..' }, /name of a folder/],
    [{ resources: [{ ranks: '0', cores: '0', gpus: '' }] }, /lacks rank 1/],
    [{ resources: [{ ranks: '0-1', cores: '', gpus: '' }] }, /without cores/],
    [{ resources: [{ ranks: '0-7', cores: '0', gpus: '' }] }, /rank 2 twice, or there is none/],
    [{ resources: [7] }, /no object/],
  ];
  const answers = ask(
    cases.map(([change]) => ({
      parse: typeof change === 'string' ? change : JSON.stringify({ ...good, ...change }),
    })),
  );
  answers.forEach(({ error }, index) => {
    expect(error).toMatch(cases[index]?.[1] ?? /never/);
  });
  expect(ask([{ parse: JSON.stringify(good) }])).toEqual([{ is: 1 }]);
});

test('the address of a network interface is found', () => {
  expect(ask([{ address: 'lo' }, { address: 'none-such' }])).toEqual([{ is: '127.0.0.1' }, { is: null }]);
});
