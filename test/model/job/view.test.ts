/** Where Flux comes from: a view that is copied, a view image that is mounted, the image; and the probes that ask it. */
import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { FluxFrom, MiniClusterJobInput } from '../../../src/model/job';
import { JobPod, PodOptions, jobPod, removePods } from '../../support/job-pod';

jest.setTimeout(60_000);
afterEach(removePods);

const CORE = '/opt/software/linux-x86_64/flux-core-0.67.0-abc';
const VIEW = '/opt/views/._view/xyz';

/** A view image as Spack leaves it, in small: packages, and a view that links to them. */
function viewImage(pod: JobPod): void {
  pod.installFlux(`${CORE}/bin/flux`);
  const files = [
    'lib/libflux-core.so.2',
    'lib/libflux.a',
    'lib/libflux.la',
    'lib/pkgconfig/flux.pc',
    'include/flux/core.h',
    'share/man/man1/flux.1',
    'share/doc/flux/README',
    'share/lua/5.2/flux.lua',
    'etc/flux/rc1',
    'lib/python3.11/site-packages/flux/__init__.py',
    'lib/python3.11/site-packages/flux/tests/test_one.py',
    'lib/python3.11/test/test_all.py',
    'bin/tool.a',
    '.spack/spec.json',
  ];
  for (const file of files) pod.write(`${CORE}/${file}`, file);
  pod.write('/opt/software/linux-x86_64/cmake-3.30.0-abc/bin/cmake', 'cmake');
  pod.write('/opt/software/.spack-db/index.json', '{}');
  const links: [string, string][] = [
    [`${VIEW}/bin/flux`, pod.path(`${CORE}/bin/flux`)],
    [`${VIEW}/lib/libflux-core.so.2`, pod.path(`${CORE}/lib/libflux-core.so.2`)],
    [`${VIEW}/lib/libflux.so`, pod.path(`${VIEW}/lib/libflux-core.so.2`)],
    [`${VIEW}/share/man/man1/flux.1`, pod.path(`${CORE}/share/man/man1/flux.1`)],
    [`${VIEW}/share/lua/5.2/flux.lua`, pod.path(`${CORE}/share/lua/5.2/flux.lua`)],
    [`${VIEW}/lib/flux/modules/sched.so`, pod.path(`${CORE}/lib/libflux-core.so.2`)],
    [`${VIEW}/lib/python3.11/site-packages/flux`, pod.path(`${CORE}/lib/python3.11/site-packages/flux`)],
  ];
  for (const [path, target] of links) {
    pod.write(path, '');
    rmSync(pod.path(path));
    symlinkSync(target, pod.path(path));
  }
  // Programs of the view that the image has too.
  pod.write(`${VIEW}/bin/cat`, '#!/bin/bash\necho not this cat\n', 0o755);
  rmSync(pod.path('/opt/view'), { recursive: true, force: true });
  symlinkSync('views/._view/xyz', pod.path('/opt/view'));
  symlinkSync('._view/xyz', pod.path('/opt/views/view'));
}

const CONTAINER: MiniClusterJobInput['flux'] = { container: { disable: false, name: 'flux-view' } };

function viewPod(fluxFrom: FluxFrom, command = 'true', options: PodOptions = { hasFlux: false }): JobPod {
  return jobPod({ command, launcher: true }, { fluxFrom, kubernetes: '1.35', flux: CONTAINER }, options);
}

/** Runs the init container in the view image, and takes its file system away. */
async function copied(pod: JobPod): Promise<void> {
  viewImage(pod);
  expect((await pod.run('flux-view')).code).toBe(0);
  for (const path of ['/opt/views', '/opt/view', '/opt/software'])
    rmSync(pod.path(path), { recursive: true });
  renameSync(pod.path('/flux-software'), pod.path('/opt/software'));
}

test('a copied view runs Flux in an image that has none, behind the programs of the image', async () => {
  const pod = viewPod(FluxFrom.VIEW_COPY, 'echo "$(< /dev/stdin)"; cat "$OUT/mine"');
  await copied(pod);
  pod.write('/out/mine', 'cat of the image');
  expect(await pod.run()).toEqual({ code: 0, stdout: '\ncat of the image', stderr: '' });
  const [broker] = pod.brokers();
  expect(broker?.environment).toMatchObject({
    MINICLUSTER_VIEW: '/mnt/flux/view',
    PATH: '/image/bin:/mnt/flux/view/bin',
    PYTHONPATH: '/mnt/flux/view/lib/python3.11/site-packages',
    FLUX_MODULE_PATH: '/mnt/flux/view/lib/flux/modules',
    FLUX_LUA_PATH_PREPEND: '/mnt/flux/view/share/lua/5.2/?.lua;/mnt/flux/view/share/lua/5.2/?/init.lua',
  });
});

test('a shell that sources flux-view.sh has the Flux of the view', async () => {
  const pod = viewPod(FluxFrom.VIEW_COPY);
  await copied(pod);
  await pod.run();
  const ask = '. /mnt/flux/flux-view.sh; type -P flux; flux jobs; echo "$PYTHONPATH"';
  expect((await pod.exec(['/bin/bash', '-c', ask]).ended).stdout).toBe(
    '/mnt/flux/view/bin/flux\n/mnt/flux/view/lib/python3.11/site-packages\n',
  );
  expect(pod.calls().at(-1)).toEqual(['jobs']);
});

test('the copy leaves out what no run reads, and links of the view lead into the copy', async () => {
  const pod = viewPod(FluxFrom.VIEW_COPY);
  await copied(pod);
  const left = [
    'lib/libflux.a',
    'lib/libflux.la',
    'lib/pkgconfig/flux.pc',
    'include/flux/core.h',
    'share/man/man1/flux.1',
    'share/doc/flux/README',
    'lib/python3.11/test/test_all.py',
    'lib/python3.11/site-packages/flux/tests/test_one.py',
    '.spack/spec.json',
  ];
  expect(left.filter((file) => pod.has(`${CORE}/${file}`))).toEqual([]);
  const kept = ['lib/libflux-core.so.2', 'share/lua/5.2/flux.lua', 'etc/flux/rc1', 'bin/tool.a', 'bin/flux'];
  expect(kept.filter((file) => !pod.has(`${CORE}/${file}`))).toEqual([]);
  expect(pod.has('/opt/software/linux-x86_64/cmake-3.30.0-abc')).toBe(false);
  expect(pod.has('/opt/software/.spack-db')).toBe(false);
  expect(readlinkSync(pod.path('/mnt/flux/view/lib/libflux.so'))).toBe(
    pod.path('/mnt/flux/view/lib/libflux-core.so.2'),
  );
  expect(readlinkSync(pod.path('/mnt/flux/view/bin/flux'))).toBe(pod.path(`${CORE}/bin/flux`));
  expect(lstatSync(pod.path('/mnt/flux/view')).isSymbolicLink()).toBe(false);
  expect(() => lstatSync(pod.path('/mnt/flux/view/share/man'))).toThrow();
});

test('a second copy of the same view does nothing, one of another view replaces it', async () => {
  const pod = viewPod(FluxFrom.VIEW_COPY);
  viewImage(pod);
  expect((await pod.run('flux-view')).stdout).toMatch(
    /^minicluster: copied \d+ files of 1 packages and \d+ of the view in \d+ s\n$/,
  );
  pod.write('/mnt/flux/view/mark', '');
  expect((await pod.run('flux-view')).stdout).toBe('minicluster: the view is copied already\n');
  expect(pod.has('/mnt/flux/view/mark')).toBe(true);
  pod.write('/opt/software/linux-x86_64/new-1.0-abc/lib/new.so', '');
  expect((await pod.run('flux-view')).stdout).toMatch(/^minicluster: copied \d+ files of 2 packages/);
  expect(pod.has('/mnt/flux/view/mark')).toBe(false);
});

test('what a copy that was cut short left is replaced', async () => {
  const pod = viewPod(FluxFrom.VIEW_COPY);
  viewImage(pod);
  const copy = CORE.replace('/opt/software', '/flux-software');
  pod.write('/mnt/flux/view-new/half', '');
  pod.write(`${copy}/lib/libflux-core.so.2`, 'half');
  symlinkSync('nowhere', pod.path(`${copy}/lib/libflux.so`));
  pod.write(`${CORE}/lib/libflux.so`, 'whole');
  expect((await pod.run('flux-view')).code).toBe(0);
  expect(pod.has('/mnt/flux/view/half')).toBe(false);
  expect(pod.read(`${copy}/lib/libflux-core.so.2`)).toBe('lib/libflux-core.so.2');
  expect(pod.read(`${copy}/lib/libflux.so`)).toBe('whole');
});

test('an image that is no view image is named as such', async () => {
  const outcome = await viewPod(FluxFrom.VIEW_COPY).run('flux-view');
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(
    /^minicluster: this image is no view image: it takes bin\/flux in \/opt\/view .*\n$/,
  );
});

test('a target of the copy that cannot be written to is told in a sentence', async () => {
  const pod = viewPod(FluxFrom.VIEW_COPY);
  viewImage(pod);
  rmSync(pod.path('/flux-software'), { recursive: true });
  pod.write('/flux-software', '', 0o444);
  const outcome = await pod.run('flux-view');
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(
    /^minicluster: can't (?:write to|copy the view to) \/flux-software[^\n]*\n$/,
  );
});

test('a view image that is mounted is used in place, by the newest view', async () => {
  const pod = viewPod(FluxFrom.VIEW_VOLUME);
  viewImage(pod);
  rmSync(pod.path('/opt/view'));
  pod.installFlux('/opt/views/._view/old/bin/flux');
  expect(await pod.run()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readlinkSync(pod.path('/mnt/flux/view'))).toBe(pod.path(VIEW));
  expect(pod.brokers()[0]?.environment).toMatchObject({
    MINICLUSTER_VIEW: '/mnt/flux/view',
    PATH: '/image/bin:/mnt/flux/view/bin',
  });
});

test('a view that is there wins over the flux of the image', async () => {
  const pod = viewPod(FluxFrom.VIEW_VOLUME, 'true', { hasFlux: true });
  viewImage(pod);
  rmSync(pod.path('/opt/view'));
  pod.write('/image/bin/flux', '#!/bin/bash\necho the wrong flux\nexit 9\n', 0o755);
  expect(await pod.run()).toMatchObject({ code: 0, stdout: '' });
  expect(pod.brokers()[0]?.environment.PATH).toBe('/mnt/flux/view-first:/image/bin:/mnt/flux/view/bin');
});

test('start-up files of Fluxion and PMIx are read from their packages, Fluxion unless the simple scheduler was asked for', async () => {
  const SCHED = '/opt/software/linux-x86_64/flux-sched-0.40-abc';
  const PMIX = '/opt/software/linux-x86_64/flux-pmix-0.5-abc';
  for (const simple of [false, true]) {
    const pod = jobPod(
      { command: 'true' },
      { fluxFrom: FluxFrom.VIEW_VOLUME, kubernetes: '1.35', flux: { ...CONTAINER, scheduler: { simple } } },
      { hasFlux: false },
    );
    viewImage(pod);
    rmSync(pod.path('/opt/view'));
    const files = { 'rc1.d/01-sched-fluxion': SCHED, 'shell/lua.d/pmix.lua': PMIX };
    for (const [file, prefix] of Object.entries(files)) {
      pod.write(`${prefix}/etc/flux/${file}`, '');
      pod.write(`${VIEW}/etc/flux/${file}`, '');
      rmSync(pod.path(`${VIEW}/etc/flux/${file}`));
      symlinkSync(pod.path(`${prefix}/etc/flux/${file}`), pod.path(`${VIEW}/etc/flux/${file}`));
    }
    await pod.run();
    const environment = pod.brokers()[0]?.environment ?? {};
    expect(environment.FLUX_SHELL_RC_PATH).toBe(`${PMIX}/etc/flux/shell/lua.d`);
    expect(environment.FLUX_RC_EXTRA).toBe(simple ? undefined : `${SCHED}/etc/flux`);
    expect(environment.FLUXION_RESOURCE_RC_NOOP).toBe(simple ? '1' : undefined);
  }
});

test.each([
  [
    'its packages are not mounted',
    (pod: JobPod) => rmSync(pod.path('/opt/software'), { recursive: true }),
    'is /opt/software mounted in this container?',
  ],
  [
    'its flux cannot be executed',
    (pod: JobPod) => pod.write(`${CORE}/bin/flux`, '', 0o644),
    'is it on a mount with noexec?',
  ],
  [
    'the runtime ignored subPath',
    (pod: JobPod) => {
      rmSync(pod.path('/opt/views'), { recursive: true });
      pod.write('/opt/software/opt/software/x', '');
    },
    'it takes containerd 2.2 or CRI-O 1.33',
  ],
])('a view is told not to work when %s', async (_, breakIt, said) => {
  const pod = viewPod(FluxFrom.VIEW_VOLUME);
  viewImage(pod);
  rmSync(pod.path('/opt/view'));
  breakIt(pod);
  const outcome = await pod.run();
  expect(outcome.code).toBe(127);
  expect(outcome.stderr).toMatch(/^minicluster: there is no flux here \(.*\n$/);
  expect(outcome.stderr).toContain(said);
});

const PHASE = '/mnt/flux/config/run/phase';

async function probe(pod: JobPod, question: string): Promise<[number, string]> {
  const { code, stderr } = await pod.exec(['/bin/bash', '/flux-scripts/probe.sh', question]).ended;
  return [code, stderr];
}

test('the startup probe succeeds once the broker has joined, the liveness probe while it answers', async () => {
  const pod = jobPod(
    { command: 'true' },
    { probes: true },
    { flux: { uptime: '. "$RECORD/state"', getattr: '. "$RECORD/state"' } },
  );
  pod.write(PHASE, '');
  const notJoined = 'minicluster: the broker has not joined its cluster\n';
  expect([await probe(pod, 'started'), await probe(pod, 'alive')]).toEqual([
    [1, notJoined],
    [0, ''],
  ]);
  pod.write('/mnt/flux/flux-view.sh', 'export fluxsocket=local:///x\n');
  pod.write(PHASE, `${Math.floor(Date.now() / 1000)}\n`);
  pod.write('record/state', 'echo " 10:00 join 5s"; exit');
  expect(await probe(pod, 'started')).toEqual([1, notJoined]);
  pod.write('record/state', 'echo " 10:00 run 5s"; exit');
  expect([await probe(pod, 'started'), await probe(pod, 'alive')]).toEqual([
    [0, ''],
    [0, ''],
  ]);
  pod.write('record/state', 'exit 1');
  expect([await probe(pod, 'started'), await probe(pod, 'alive')]).toEqual([
    [1, notJoined],
    [0, ''],
  ]);
  pod.write(PHASE, `${Math.floor(Date.now() / 1000) - 100}\n`);
  expect(await probe(pod, 'alive')).toEqual([1, 'minicluster: the broker does not answer\n']);
  pod.write(PHASE, '');
  expect(await probe(pod, 'alive')).toEqual([0, '']);
});

test('a broker that hangs fails the liveness probe within its time', async () => {
  const pod = jobPod({ command: 'true' }, { probes: true }, { flux: { getattr: 'sleep 20' } });
  pod.write('/mnt/flux/flux-view.sh', 'export fluxsocket=local:///x\n');
  pod.write(PHASE, '1\n');
  const start = Date.now();
  const { code } = await pod.exec(['/bin/bash', '/flux-scripts/probe.sh', 'alive'], {
    MINICLUSTER_PROBE_SECONDS: '0.5',
  }).ended;
  expect(code).toBe(1);
  expect(Date.now() - start).toBeLessThan(5000);
});

test('the phase that the probes read is there while a broker runs', async () => {
  const pod = jobPod({ command: 'cat /mnt/flux/config/run/phase', launcher: true }, { probes: true });
  expect(Number((await pod.run()).stdout)).toBeGreaterThan(Date.now() / 1000 - 60);
  expect(pod.read(PHASE)).toBe('');
});
