/** Staging in the pods of a MiniClusterJob, with a broker whose rc1 and rc3 run what FLUX_RC_EXTRA names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MiniClusterJobInput } from '../../../src/model/job';
import { JobPod, Outcome, PodOptions, jobPod, removePods } from '../../support/job-pod';

jest.setTimeout(60_000);

/** The archives of the instance, which all of its pods see. */
let instance = '';
beforeEach(() => {
  instance = mkdtempSync(join(tmpdir(), 'instance-'));
});
afterEach(() => {
  removePods();
  rmSync(instance, { recursive: true, force: true });
});

/** A broker: it fails with its rc1, runs OUT/meanwhile, and removes at its end what rc3 removes. */
const BROKER = `export FLUX_URI=local://$MINICLUSTER_ROOT/config/run/flux/local
extra() { for folder in \${FLUX_RC_EXTRA//:/ }; do for file in "$folder/rc$1.d"/*; do "$file" || return 1; done; done; }
extra 1 || exit 1
[[ ! -e $OUT/meanwhile ]] || . "$OUT/meanwhile"
skip_options "$@"
status=0
((\${#program[@]} == 0)) || "\${program[@]}" || status=$?
extra 3
exit "$status"`;
const ARCHIVES = (): string =>
  `export ARCHIVES=${instance}; . ${join(__dirname, '../../support/stand-in-archives.sh')}`;

const VOLUMES = {
  volumes: { data: { emptyDir: true, path: '/data' }, shared: { claimName: 'shared', path: '/shared' } },
};
const STAGING = { staging: [{ path: 'mpi.sif', from: '/shared', to: '/data' }] };

/** A pod of the cluster; every one sees the file on the shared volume. */
function pod(
  index: number,
  input: Partial<MiniClusterJobInput> = {},
  { flux, ...options }: PodOptions = {},
  commands: object = {},
): JobPod {
  const archives = ARCHIVES();
  const one = jobPod(
    { command: 'echo ran', launcher: true, ...VOLUMES, commands },
    { ...STAGING, ...input },
    {
      index,
      flux: { broker: BROKER, archive: archives, kvs: archives, version: archives, ...flux },
      ...options,
    },
  );
  one.write('/shared/mpi.sif', 'image');
  return one;
}

/** Makes the archive that followers find while the lead broker runs. */
async function leadIsThere(): Promise<void> {
  const lead = pod(0);
  lead.write('/out/meanwhile', `cp -a ${instance} ${instance}.kept`);
  await lead.run();
  rmSync(instance, { recursive: true });
  instance = `${instance}.kept`;
}

async function follower(
  input: Partial<MiniClusterJobInput> = {},
  options: PodOptions = {},
): Promise<[JobPod, Outcome]> {
  const one = pod(2, input, options);
  return [one, await one.run()];
}

test('the lead has the file in its place before the command starts, and no archive is left for a saved state', async () => {
  const lead = pod(0);
  lead.write(
    '/out/meanwhile',
    `ls ${instance} >"$OUT/archives"; cp "${lead.path('/data/mpi.sif')}" "$OUT/before"`,
  );
  expect(await lead.run()).toMatchObject({ code: 0, stdout: expect.stringContaining('ran\n') as string });
  expect(lead.read('/out/before')).toBe('image');
  expect(lead.read('/out/archives')).toMatch(/^minicluster-staging-\w{8}\n$/);
  expect(lead.calls('archive').at(-1)?.[1]).toBe('remove');
});

test('a follower has the file before its broker joins, also one that comes late', async () => {
  await leadIsThere();
  const [one, { code, stdout }] = await follower();
  expect(stdout).toContain('minicluster: staging: /data/mpi.sif has got to lmp-2 in 0.');
  expect(code).toBe(0);
  expect(one.read('/data/mpi.sif')).toBe('image');
});

test('a broker that is started again finds the file and the marker, and extracts nothing', async () => {
  await leadIsThere();
  const restarting = BROKER.replace(
    'skip_options',
    '[[ -e $OUT/again ]] || { : >"$OUT/again"; exit 1; }\nskip_options',
  );
  const [one, { code }] = await follower({}, { flux: { broker: restarting } });
  expect(code).toBe(0);
  expect(one.brokers()).toHaveLength(2);
  expect(one.calls('archive').filter(([, verb]) => verb === 'extract')).toHaveLength(1);
});

test('a follower whose disk is full fails at once, and says why in its log and in that of the lead', async () => {
  await leadIsThere();
  writeFileSync(
    join(instance, 'on-extract'),
    'echo "flux-archive: write: No space left on device" >&2; exit 1',
  );
  const [one, { code, stderr }] = await follower();
  const sentence = 'minicluster: staging: /data/mpi.sif did not get to lmp-2: write: No space left on device';
  expect(code).toBe(1);
  expect(stderr).toContain(`${sentence}\n`);
  expect(one.brokers()).toHaveLength(1);
  expect(one.calls('python')[0]?.at(-1)).toBe(sentence);
  expect(one.has('/data/mpi.sif')).toBe(false);
});

test('with quiet logging failures are told all the same, and successes are not', async () => {
  await leadIsThere();
  const quiet = { logging: { quiet: true } };
  expect((await follower(quiet))[1]).toMatchObject({ code: 0, stdout: '', stderr: '' });
  writeFileSync(join(instance, 'on-extract'), 'exit 9');
  expect((await follower(quiet))[1]).toMatchObject({
    code: 1,
    stderr: 'minicluster: staging: /data/mpi.sif did not get to lmp-2: it ended with exit code 9\n',
  });
});

test('with completeWorkers a follower that could not stage fails as well', async () => {
  await leadIsThere();
  writeFileSync(join(instance, 'on-extract'), 'exit 9');
  const [, { code }] = await follower({ flux: { completeWorkers: true } });
  expect(code).toBe(1);
});

test('a follower that lost its lead while it staged tries again', async () => {
  await leadIsThere();
  writeFileSync(join(instance, 'on-extract'), `[[ -e $OUT/lost ]] || { : >"$OUT/lost"; exit 1; }`);
  const [one, { code }] = await follower({}, { flux: { ping: 'exit 1' } });
  expect(code).toBe(0);
  expect(one.brokers()).toHaveLength(2);
  expect(one.read('/data/mpi.sif')).toBe('image');
});

test('a lead whose cluster stages nothing has no archive, which is told', async () => {
  const [one, { code, stderr }] = await follower();
  expect(code).toBe(1);
  expect(stderr).toContain(
    'the lead broker has no archive of mpi.sif for lmp-2: does its cluster stage it too?\n',
  );
  expect(one.brokers()).toHaveLength(1);
});

test('an archive that an earlier state brought along is made anew', async () => {
  const lead = pod(0);
  lead.write('/out/meanwhile', `cat ${instance}/*/mpi.sif >"$OUT/archived"`);
  await lead.run();
  const key = /minicluster-staging-\w+/.exec(lead.calls('archive').flat().join(' '))?.[0] ?? '';
  writeFileSync(join(instance, key), 'dangling');
  expect(await lead.run()).toMatchObject({ code: 0 });
  expect(lead.read('/out/archived')).toBe('image');
});

test('what jobs start does not stage again, though it inherits the environment', async () => {
  const lead = pod(0);
  lead.write('/out/meanwhile', `FLUX_URI=local:///tmp/flux-job/local-0 extra 1 && : >"$OUT/inner"`);
  await lead.run();
  expect(lead.has('/out/inner')).toBe(true);
  expect(lead.calls('archive').map(([, verb]) => verb)).toEqual(['create', 'extract', 'remove']);
});

const PULLED = { staging: [{ path: 'app.sif', to: '/data', pull: 'oras://ghcr.io/x/app:1' }] };

test('the lead pulls after the hooks and before its broker, once, and followers pull nothing', async () => {
  const lead = pod(0, PULLED, {}, { brokerPre: 'export PULLS=$OUT/pulls' });
  lead.write('/image/bin/apptainer', '#!/bin/bash\necho "$@" >>"$PULLS"\necho sif >"$2"\n', 0o755);
  expect(await lead.run()).toMatchObject({ code: 0 });
  expect(await lead.run()).toMatchObject({ code: 0 });
  expect(lead.read('/out/pulls').trim().split('\n')).toHaveLength(1);
  expect(lead.read('/data/app.sif')).toBe('sif\n');
  const [one] = await follower(PULLED);
  expect(one.has('/data/app.sif')).toBe(false);
});

test('a pull that fails ends the lead before there is a broker', async () => {
  const lead = pod(0, PULLED);
  const ended = await lead.run();
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'oras://ghcr.io/x/app:1 could not be pulled to /data/app.sif on lmp-0: neither apptainer nor singularity is on the PATH\n',
    ) as string,
  });
  expect(lead.brokers()).toHaveLength(0);
});

test('a pod that is told to stop while it pulls ends with 143', async () => {
  const lead = pod(0, PULLED);
  lead.write('/image/bin/apptainer', '#!/bin/bash\n: >"$OUT/pulls"\nwhile :; do sleep 0.05; done\n', 0o755);
  const running = lead.start();
  await lead.until('/out/pulls');
  running.stop();
  expect(await running.ended).toMatchObject({ code: 143 });
});

test('a folder and names with blanks and quotes arrive', async () => {
  const staging = [{ path: "it's a set", from: '/shared', to: '/data/a "b"' }];
  const lead = pod(0, { staging });
  lead.write("/shared/it's a set/x/y", 'z');
  expect(await lead.run()).toMatchObject({ code: 0 });
  expect(lead.read('/data/a "b"/it\'s a set/x/y')).toBe('z');
});
