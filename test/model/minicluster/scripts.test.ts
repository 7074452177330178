/** The scripts that are shipped, run by themselves; test/model/minicluster/arrives.test.ts runs them in their place. */
import { SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ASSETS = join(__dirname, '../../../assets/minicluster');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A script with its fixed places moved below the folder of the test. */
function script(name: string): string {
  return readFileSync(join(ASSETS, name), 'utf8').replaceAll('/tmp/', `${folder}/`);
}

/** Runs a script under a `flux` that records its arguments and does what the given lines say. */
function bash(
  text: string,
  args: readonly string[] = [],
  flux = '',
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  writeFileSync(join(folder, 'script.sh'), text);
  writeFileSync(join(folder, 'flux'), `#!/bin/bash\necho "$@" >> ${folder}/calls\n${flux}\n`, {
    mode: 0o755,
  });
  const path = `${folder}:/usr/bin:/bin`;
  return spawnSync('/bin/bash', [join(folder, 'script.sh'), ...args], {
    encoding: 'utf8',
    env: { PATH: path, ...env },
  });
}

const calls = (): string => readFileSync(join(folder, 'calls'), 'utf8');
const FOUR_NODES = 'case "$1" in getattr) echo 4;; esac';

test('a run that succeeds tells nobody', () => {
  const outcome = bash(script('run-and-tell.sh'), ['echo', 'a  b'], FOUR_NODES);
  expect([outcome.status, outcome.stdout]).toEqual([0, 'a  b\n']);
  expect(calls).toThrow();
});

test('a run that fails tells the followers its exit code, and ends with it', () => {
  expect(bash(script('run-and-tell.sh'), ['bash', '-c', 'exit 3'], FOUR_NODES).status).toBe(3);
  expect(calls()).toBe(`getattr size\nexec --rank=all --exclude=0 sh -c echo 3 > ${folder}/flux-exit-code\n`);
});

test('a single node has no followers to tell', () => {
  expect(bash(script('run-and-tell.sh'), ['false'], 'echo 1').status).toBe(1);
  expect(calls()).toBe('getattr size\n');
});

test('followers that cannot be told are named as such, and the exit code stays', () => {
  const outcome = bash(
    script('run-and-tell.sh'),
    ['bash', '-c', 'exit 7'],
    'case "$1" in getattr) echo 4;; *) exit 1;; esac',
  );
  expect(outcome.status).toBe(7);
  expect(outcome.stderr).toContain('failed with exit code 7, and not every follower could be told');
});

/** The end of an entrypoint whose last command ended with a code. */
const entrypointEnd = (code: number): string =>
  `viewbase=${folder}\n(exit ${code})\nflux_exit_code=$?\n${script('report-failure.sh')}`;

test('a pod ends with the exit code of Flux, and leaves the marker of the entrypoint', () => {
  expect(bash(entrypointEnd(5)).status).toBe(5);
  expect(bash(entrypointEnd(0)).status).toBe(0);
  expect(statSync(join(folder, 'flux-operator-complete.txt')).isFile()).toBe(true);
});

test('a pod ends with the exit code of its post hook where Flux ended well', () => {
  expect(bash(`post_exit_code=4\n${entrypointEnd(0)}`).status).toBe(4);
  expect(bash(`post_exit_code=4\n${entrypointEnd(5)}`).status).toBe(5);
});

test('a follower that was told ends with the exit code of the lead broker', () => {
  writeFileSync(join(folder, 'flux-exit-code'), '3\n');
  expect(bash(entrypointEnd(0)).status).toBe(3);
  expect(bash(entrypointEnd(9)).status).toBe(9);
});

test('the certificate is copied for its owner alone, also over an older copy', () => {
  const source = join(folder, 'curve.cert');
  for (const text of ['one', 'two']) {
    writeFileSync(source, text, { mode: 0o644 });
    expect(bash(script('copy-certificate.sh'), [source]).status).toBe(0);
    const copy = join(folder, 'flux-certificate/curve.cert');
    expect(readFileSync(copy, 'utf8')).toBe(text);
    expect([statSync(copy).mode & 0o777, statSync(join(folder, 'flux-certificate')).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
  }
});

test.each([['missing'], ['empty']])('a certificate that is %s is told in one sentence', (state) => {
  const source = join(folder, 'my.cert');
  if (state === 'empty') writeFileSync(source, '');
  const outcome = bash(script('copy-certificate.sh'), [source]);
  expect([outcome.status, outcome.stderr]).toEqual([
    1,
    `no certificate: ${source} is missing or empty; the Secret needs the key my.cert\n`,
  ]);
});

test('scripts become programs, again and again', () => {
  const source = join(folder, 'pre-stop.sh');
  writeFileSync(source, '#!/bin/bash\nexit 4\n', { mode: 0o644 });
  for (let run = 0; run < 2; run += 1) expect(bash(script('make-executable.sh'), [source]).status).toBe(0);
  expect(spawnSync(join(folder, 'flux-scripts/pre-stop.sh')).status).toBe(4);
});

/** Sourced, not run: they work on variables of the entrypoint. */
const SOURCED = ['commit-state.sh', 'keep-state.sh'];

test('every script is executable and starts with what runs it, and those that are sourced with their language', () => {
  for (const name of readdirSync(ASSETS)) {
    const isRun = !SOURCED.includes(name);
    expect([name, statSync(join(ASSETS, name)).mode & 0o111]).toEqual([name, isRun ? 0o111 : 0]);
    expect(readFileSync(join(ASSETS, name), 'utf8')).toMatch(
      isRun ? /^#!\/usr\/bin\/env bash\n# [A-Z]/ : /^# shellcheck shell=bash\n# Sourced [a-z]/,
    );
  }
});
