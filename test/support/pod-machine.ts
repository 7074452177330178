/** What a pod of the tests takes from the machine: its programs, and the end of its processes. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { linkPython } from './python';
import './real-processes';

/** Beside bash, all that the scripts may take for granted in an image. */
const COREUTILS = (
  'basename cat chmod cp cut date dirname env expr head id install ln ls mkdir mktemp mkfifo mv od printf pwd ' +
  'readlink realpath rm rmdir seq sha256sum sleep sort stat tail tee test timeout touch tr true false uname wc'
).split(' ');

/** Kills every process of a session, which began with process 1 of a container. */
export function endSession(session: number | undefined): void {
  // Number 0 is the session of whatever came from outside of the machine's container.
  if (session) endProcesses((pid) => sessionOf(pid) === session);
}

/** Kills every process with one of these texts in its arguments or variables, such as the folder of a test. */
export function endProcessesNaming(...texts: readonly string[]): void {
  endProcesses((pid) => {
    const started = ['cmdline', 'environ'].map((file) => readOfProcess(pid, file)).join('\0');
    return texts.some((text) => started.includes(text));
  });
}

/** Kills processes until there are none: one that is just being started is seen the next time. */
function endProcesses(isMeant: (pid: string) => boolean): void {
  for (let rounds = 0; rounds < 100 && killOnce(isMeant); rounds += 1) pause();
}

/** A moment, in which what was killed ends. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

/** Was there a process to kill? */
function killOnce(isMeant: (pid: string) => boolean): boolean {
  const running = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isMeant(name));
  for (const pid of running) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended since.
    }
  }
  return running.length > 0;
}

function readOfProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** The session of a process, undefined for one that has ended. */
function sessionOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(session);
  } catch {
    return undefined;
  }
}

let found: readonly (readonly [string, string])[] | undefined;

/** Makes a folder of the programs of an image. */
export function linkPrograms(folder: string): void {
  for (const [name, path] of programs()) symlinkSync(path, join(folder, name));
  linkPython(join(folder, 'python3'));
}

/** The programs of an image beside Python, by name. */
function programs(): readonly (readonly [string, string])[] {
  if (found) return found;
  found = ['bash', ...COREUTILS].flatMap((name) => {
    const path = which(name);
    return path === undefined ? [] : [[name, path] as const];
  });
  return found;
}

function which(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

let hasTools = false;

/** The scripts run for real: without what runs them there is nothing to test. */
export function needTools(): void {
  if (hasTools) return;
  const said = existsSync('/bin/bash')
    ? execFileSync('/bin/bash', ['-c', 'echo "${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}"'], {
        encoding: 'utf8',
      })
    : '0';
  const [major = 0, minor = 0] = said.trim().split('.').map(Number);
  if (!existsSync('/proc/self/stat')) throw new Error('these tests run the scripts of pods: they need Linux');
  if (major < 4 || (major === 4 && minor < 4))
    throw new Error(
      `these tests run the scripts of pods: install bash 4.4 or newer as /bin/bash (here: ${said.trim()})`,
    );
  if (which('python3') === undefined)
    throw new Error('these tests run the scripts of pods: install python3, and have it on the PATH');
  hasTools = true;
}
