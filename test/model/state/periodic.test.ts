/** assets/state/state.py: saves while the cluster runs. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { StatePod, StateVolume, archiveOf, isAlive, removeVolumes } from '../../support/state-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeVolumes);

/** Time goes by quickly. */
const before = 'import time\nreal = time.sleep\ntime.sleep = lambda seconds: real(min(seconds, 0.1))\n';

/** Starts a cluster whose Flux dumps so ten times a second; the lines find an archive in `$good`. */
async function periodic(
  volume: StateVolume,
  dump: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<StatePod> {
  const good = `${volume.root}/good`;
  writeFileSync(good, archiveOf('running', volume.name));
  const pod = volume.pod({
    before,
    variables: { SAVE: 'periodic', SAVE_EVERY: '0', ...variables },
    dump: `good='${good}'\nseen='${volume.root}/seen'\nprintf '%s\\n' "$FLUX_URI" "$@" >"$seen.new" && mv "$seen.new" "$seen"\n${dump}`,
  });
  expect((await pod.begin()).code).toBe(0);
  return pod;
}

/** As `until`, for the last line that was said. */
async function untilSaid(pod: StatePod, said: RegExp): Promise<void> {
  await until(() => said.test(pod.output()));
}

test('a cluster that runs is saved, and saved again, without a word', async () => {
  const volume = new StateVolume();
  await volume.cluster('earlier');
  const pod = await periodic(volume, 'cp "$good" "$path"', { KEEP: '2' });
  await until(() => volume.content() === 'running');
  writeFileSync(`${volume.root}/good`, archiveOf('running on'));
  await until(() => volume.content() === 'running on');
  expect(pod.output()).toBe('');
  await pod.kill();
  expect(volume.content('archive.tar.gz.1')).toBe('earlier');
  expect(volume.names()).toEqual(['archive.tar.gz', 'archive.tar.gz.1']);
});

test('flux is asked as the view says it is to be', async () => {
  const volume = new StateVolume();
  const pod = volume.pod({ before, variables: { SAVE: 'periodic', SAVE_EVERY: '0' } });
  const seen = `${volume.root}/seen`;
  writeFileSync(
    pod.run('flux-view.sh'),
    `fluxsocket=local:///a/b\nflux() { :; }\nexport SEEN='${seen}' PATH='${volume.root}/view':$PATH\n`,
  );
  mkdirSync(`${volume.root}/view`);
  const script =
    '#!/bin/bash\nprintf "%s\\n" "$FLUX_URI" "$@" >"$SEEN.new"; mv "$SEEN.new" "$SEEN"; exit 1\n';
  writeFileSync(`${volume.root}/view/flux`, script, { mode: 0o755 });
  await pod.begin();
  await until(() => existsSync(seen));
  expect(readFileSync(seen, 'utf8').split('\n').slice(0, -1)).toEqual([
    'local:///a/b',
    'dump',
    '--quiet',
    volume.path('live-archive.tar.gz'),
  ]);
});

test.each([
  ['fails', 'echo first >&2; echo "no broker" >&2; exit 1', 'no broker'],
  ['fails and says nothing', 'exit 3', 'exit code 3'],
  ['is cut off', 'head -c 50 "$good" >"$path"; echo "disk full" >&2; exit 1', 'disk full'],
  ['leaves nothing', 'exit 0', 'it is not whole'],
  ['is cut off and tells nobody', 'head -c 50 "$good" >"$path"', 'it is not whole'],
])('a save that %s leaves the archive as it was, and says so in one line', async (_, dump, reason) => {
  const volume = new StateVolume();
  volume.write('old');
  const pod = await periodic(volume, dump);
  await untilSaid(pod, /\n/);
  expect(pod.output().split('\n')[0]).toBe(
    `minicluster: the state could not be saved meanwhile (${reason}): ${volume.path()} is as it was`,
  );
  await pod.kill();
  expect(volume.content()).toBe('old');
});

test('a save that failed is tried again', async () => {
  const volume = new StateVolume();
  const pod = await periodic(
    volume,
    '[ -e "$seen.failed" ] || { : >"$seen.failed"; exit 1; }; cp "$good" "$path"',
  );
  await until(() => volume.content() === 'running');
  expect(pod.output()).toMatch(
    /^minicluster: the state could not be saved meanwhile \(exit code 1\)[^\n]*\n$/,
  );
});

test('the end of the cluster waits for a save that is under way, and its own state counts', async () => {
  const volume = new StateVolume();
  const pod = await periodic(volume, 'cp "$good" "$path"; : >"$seen.begun"; sleep 0.8', { KEEP: '1' });
  await until(() => existsSync(`${volume.root}/seen.begun`));
  expect(await pod.end('final')).toEqual({
    code: 0,
    lines: [`minicluster: the state is saved in ${volume.path()}`],
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(volume.content()).toBe('final');
  expect(volume.names()).toEqual(['archive.tar.gz']);
});

test('no save begins once the cluster has ended', async () => {
  const volume = new StateVolume();
  const pod = await periodic(volume, 'cp "$good" "$path"; : >"$seen.begun"');
  await pod.end('final');
  rmSync(`${volume.root}/seen.begun`, { force: true });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(isAlive(pod.keeper)).toBe(true);
  expect(existsSync(`${volume.root}/seen.begun`)).toBe(false);
  expect([volume.content(), volume.names()]).toEqual(['final', ['archive.tar.gz']]);
});

test('a save that hangs does not keep the cluster from saving its end, nor replaces it later', async () => {
  const volume = new StateVolume();
  volume.write('old');
  // The clock of the call that waits runs fast: what takes 20 s is over soon.
  const pod = await periodic(
    volume,
    'cp "$good" "$path"; : >"$seen.begun"; while [ ! -e "$seen.go" ]; do sleep 0.05; done',
  );
  await until(() => existsSync(`${volume.root}/seen.begun`));
  const ending = volume.pod({
    before: 'import time\nreal = time.monotonic\ntime.monotonic = lambda: real() * 20\n',
    variables: { STATE_RUN: pod.run() },
  });
  pod.leave('final');
  expect(await ending.start('commit', pod.tell('new')).ended).toEqual({
    code: 0,
    lines: [
      `minicluster: the state is saved in ${volume.path()}`,
      'minicluster: a save that was under way did not end',
    ],
  });
  writeFileSync(`${volume.root}/seen.go`, '');
  await until(() => !volume.names().includes('live-archive.tar.gz'));
  expect([volume.content(), volume.names()]).toEqual(['final', ['archive.tar.gz']]);
});
