/** What people call, what they do by hand, and what a slot gives: ports, subnets, variables of make. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsernetesNodes, f58, removeClusters } from '../../support/usernetes-nodes';

jest.setTimeout(60_000);
afterEach(removeClusters);

test('attr and env find the job of the system instance from a task, a batch script and an instance inside of it', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  cluster.job(4242);
  cluster.job(4243, {});
  const workdir = cluster.state(0, 'jobs/4242');
  const inTask = { FLUX_URI: 'local://system', FLUX_JOB_ID: f58(4242) };
  expect((await cluster.run(0, ['attr', 'workdir'], inTask)).out).toBe(`${workdir}\n`);
  const inBatch = { FLUX_URI: `local://system/job/${f58(4242)}` };
  expect((await cluster.run(0, ['attr'], inBatch)).out).toBe(`${workdir}/kubeconfig\n${workdir}\n`);
  const nested = { FLUX_URI: `local://system/job/${f58(4242)}/job/${f58(9)}`, FLUX_JOB_ID: f58(77) };
  expect((await cluster.run(0, ['env'], nested)).out).toBe(
    `export KUBECONFIG=${workdir}/kubeconfig\nexport USERNETES_WORKDIR=${workdir}\n`,
  );
  const other = { FLUX_URI: 'local://system', FLUX_JOB_ID: f58(4243) };
  expect(await cluster.run(0, ['attr', 'kubeconfig'], other)).toEqual({
    code: 1,
    out: '',
    err: `usernetes: job ${f58(4243)} has no Kubernetes: submit it with --setattr=attributes.user.usernetes=yes\n`,
  });
  expect((await cluster.run(0, ['attr'])).err).toMatch(/^usernetes: this isn't part of a job, [^\n]*\n$/);
});

test('by hand, line by line: control plane, join-command, workers, sync-external-ip, clean', async () => {
  const cluster = new UsernetesNodes({ nodes: 2, mode: 'system' });
  const root = (rank: number): string => cluster.at(rank, 'home/usernetes');
  const start = ['start-control-plane', '--workdir', root(0), '--worker-count', '1', '--serial'];
  const lead = await cluster.run(0, start);
  expect([lead.code, lead.err]).toEqual([0, '']);
  expect(lead.out).toContain(`export KUBECONFIG=${root(0)}/kubeconfig\n`);
  mkdirSync(root(1), { recursive: true });
  copyFileSync(join(root(0), 'join-command'), join(root(1), 'join-command'));
  const worker = await cluster.run(1, ['start-worker', '--workdir', root(1)]);
  expect(worker).toEqual({ code: 0, out: 'u7s-hpc-1 has joined\n', err: '' });
  // Its pod of flannel was there before the annotation.
  expect(cluster.members('10.0.16.32:6443')['u7s-hpc-1']).toMatchObject({ used: '10.0.16.33' });
  const sync = cluster.make(0, root(0), 'sync-external-ip');
  expect(sync).toContain('sync-external-ip.sh');
  expect(cluster.members('10.0.16.32:6443')['u7s-hpc-1']).toMatchObject({ overwrite: '10.0.16.33' });
  const wait = await cluster.run(0, ['wait-workers', '--workdir', root(0), '--worker-count', '1']);
  expect(wait).toEqual({ code: 0, out: '1 workers are ready\n', err: '' });
  for (const rank of [0, 1])
    expect((await cluster.run(rank, ['clean', '--all', '--workdir', root(rank)])).code).toBe(0);
  expect([cluster.left(), cluster.list(0, 'home')]).toEqual([{}, []]);
});

test('twenty allocations at the same moment: jobs that share a node have different slots, the smallest that are free', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  const allocate = (id: number): Promise<string> =>
    cluster.python(
      0,
      `import usernetes_slots, usernetes_settings as s
print(usernetes_slots.Slots(s.Settings()).allocate("${String(id)}", [${String(id % 2)}, 2])["slot"])`,
    );
  const slots = await Promise.all(Array.from({ length: 20 }, (_, id) => allocate(id)));
  expect(slots.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, slot) => slot));
  const more = await cluster.python(
    0,
    `import usernetes_slots, usernetes_settings as s
slots = usernetes_slots.Slots(s.Settings())
again, other = slots.allocate("3", [1, 2]), slots.allocate("90", [5])
slots.release("7")
print(again["slot"] == slots.of("3")["slot"], other["slot"], slots.allocate("91", [2])["slot"])
for id in range(100, 207): slots.allocate(str(id), [2])
try: print(slots.allocate("999", [2]))
except Exception as problem: print(problem)
import os, resource
resource.setrlimit(resource.RLIMIT_FSIZE, (999, 999))
try: slots.note("90", state="up")
except Exception as problem: print(type(problem).__name__, problem)
print(sorted(os.listdir(os.path.dirname(slots.path))), slots.of("90")["state"])`,
  );
  const [first, last, full, left] = more.trim().split('\n');
  expect(first).toBe(`True 0 ${slots[7]?.trim() ?? ''}`);
  expect(last).toMatch(/^all 127 slots are held on these nodes: see usernetes status/);
  // A disk that is full is said, and nothing of it stays.
  expect(full).toBe(`Problem ${cluster.state(0, 'slots.json')} on rank 0 can't be changed: File too large`);
  expect(left).toBe("['slots.json', 'slots.lock'] starting");
});

test('every slot on every rank has its own subnet inside of nodeSubnets, and every slot its own ports', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  const out = await cluster.python(
    0,
    `import ipaddress, usernetes_settings as s
settings = s.Settings()
pairs = [(slot, rank) for slot in range(128) for rank in range(256)]
subnets = [settings.subnet(*pair) for pair in pairs]
all = ipaddress.ip_network("10.100.0.0/14")
print(len(set(subnets)), sum(subnet.num_addresses for subnet in subnets), all.num_addresses)
print(len(set(settings.node_address(*pair) for pair in pairs)), {str(subnet.prefixlen) for subnet in subnets})
print(subnets[0], subnets[255], subnets[256], subnets[-1], settings.node_address(127, 255))
print(min(map(int, subnets[0])) >= int(all[0]), int(subnets[-1][-1]) == int(all[-1]))
ports = [port for slot in settings.job_slots for port in settings.ports_of(slot).values()]
print(len(ports) == len(set(ports)), min(ports), max(ports), settings.ports_of(settings.manual_slot))`,
  );
  expect(out.trim().split('\n')).toEqual([
    '32768 262144 262144',
    "32768 {'29'}",
    '10.100.0.0/29 10.100.7.248/29 10.100.8.0/29 10.103.255.248/29 10.103.255.250',
    'True True',
    "True 20000 20507 {'etcd': 2379, 'kubelet': 10250, 'flannel': 8472, 'apiServer': 6443}",
  ]);
});

test.each([
  ['docker', 'docker compose'],
  ['podman', 'podman-compose'],
  ['nerdctl', 'nerdctl compose'],
])(
  'make with %s has our variables, whatever the shell, the command line and usernetes say',
  async (engine, compose) => {
    const cluster = new UsernetesNodes({ nodes: 1, engine });
    await cluster.python(
      0,
      `import usernetes_workdir as w, usernetes_settings as s
w.Workdir(s.Settings(), "77", 3).prepare(0)`,
    );
    const names = ['NODE_NAME', 'NODE_SUBNET', 'NODE_IP', 'HOST_IP', 'PORT_FLANNEL', 'CONTAINER_ENGINE'];
    const show = `show: ; @echo "${names.map((name) => `$(${name}) $$${name}`).join(' ')}; $(COMPOSE); $$COMPOSE_FILE $$COMPOSE_PROJECT_NAME $$QUICK"`;
    const out = execFileSync(
      'make',
      [
        '-s',
        '-C',
        cluster.state(0, 'jobs/77'),
        `--eval=${show}`,
        'show',
        'NODE_IP=1.2.3.4',
        'PORT_FLANNEL=1',
      ],
      {
        env: { PATH: '/usr/bin:/bin', NODE_SUBNET: '1.0.0.0/24', CONTAINER_ENGINE: 'other' },
        encoding: 'utf8',
      },
    );
    const twice = ['u7s-hpc-0', '10.100.24.0/29', '10.100.24.2', '10.0.16.32', '20014', engine];
    expect(out.trim()).toBe(
      `${twice.map((value) => `${value} ${value}`).join(' ')}; ${compose}; ` +
        'docker-compose.yaml:flux-usernetes.compose.yaml usernetes-77 1',
    );
    const override = cluster.read(0, 'var/lib/flux-usernetes/jobs/77/flux-usernetes.compose.yaml');
    expect(override).toContain('image: flux-usernetes-node:0123456789ab\n');
    expect(override).toContain('restart: "no"\n');
  },
);

test('bad input is one sentence', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  const said = async (...words: readonly string[]): Promise<string> => {
    const { code, err } = await cluster.run(0, words);
    expect(code).not.toBe(0);
    return err.trim().split('\n').pop() ?? '';
  };
  expect(await said('clean')).toMatch(/^usernetes: say what: --job ID, --stale, or --workdir FOLDER/);
  expect(await said('clean', '--job', 'x')).toBe("usernetes: 'x' is no job id");
  expect(await said('start-control-plane', '--workdir', '/nowhere')).toMatch(/needs --worker-count/);
  expect(await said('job-prolog')).toMatch(/^usernetes: 'FLUX_JOB_ID' isn't set/);
  expect(await said('attr', 'name')).toMatch(/'name' is neither kubeconfig nor workdir/);
  expect(await said('node', 'down', '--id', '../x')).toMatch(/--id is the decimal id/);
  cluster.write(0, 'etc/flux-usernetes/cluster.json', '{');
  expect(await said('status')).toMatch(/^usernetes: .*cluster.json can't be read \(/);
});
