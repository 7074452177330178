/** assets/state/state.py killed before any of its lines that count: there is a whole archive at any time. */
import { writeFileSync } from 'node:fs';
import { Said, StateVolume, removeVolumes } from '../../support/state-pod';

jest.setTimeout(60_000);
afterEach(removeVolumes);

/** Kills the process before the line of that number that it comes to, of the functions that change files. */
const killedAt = (line: number): string => `
import os, signal, sys
left = ${line}
functions = "begin prepare probe finish_interrupted choose commit place rotate place_under_new_name drop_ancestors drop"
def trace(frame, event, _):
    global left
    if "/state/state" not in frame.f_code.co_filename: return None
    if event == "line" and frame.f_code.co_name in functions.split():
        left -= 1
        if left < 0: os.kill(os.getpid(), signal.SIGKILL)
    return trace
sys.settrace(trace)
`;

/** The archives of two clusters before. */
function addOld(volume: StateVolume, once: boolean): void {
  volume.write('older', once ? 'archive-000001-h-aaaaaa.tar.gz' : 'archive.tar.gz.1');
  volume.write('old', once ? 'archive-000002-h-bbbbbbaaaaaa.tar.gz' : 'archive.tar.gz');
}

/** Whatever was killed, the next cluster finds this whole. */
async function found(volume: StateVolume, variables: Record<string, string>): Promise<string | undefined> {
  const pod = volume.pod({ variables });
  expect((await pod.begin()).code).toBe(0);
  await pod.kill();
  return pod.restored === '' ? undefined : volume.content(pod.restored);
}

/** Runs a scene for each line in turn, until the process comes to its end. */
async function killEverywhere(scene: (line: number) => Promise<Said>): Promise<void> {
  for (let line = 0; (await scene(line)).code !== 0; line += 1) {
    expect(line).toBeLessThan(200);
    await removeVolumes();
  }
}

test.each([
  [false, 0],
  [false, 2],
  [true, 0],
])(
  'when a save is killed, the next cluster finds the old state or the new one (write once: %s, keep %i)',
  async (once, keep) => {
    const variables = { KEEP: String(keep), WRITE_ONCE: String(once) };
    const states = new Set<string | undefined>();
    await killEverywhere(async (line) => {
      const volume = new StateVolume();
      addOld(volume, once);
      const pod = volume.pod({ before: killedAt(line), variables });
      const left = once ? pod.run('new-archive.tar.gz') : volume.path('new-archive.tar.gz');
      writeFileSync(pod.run('new'), left);
      writeFileSync(
        pod.run('restore'),
        volume.path(once ? 'archive-000002-h-bbbbbbaaaaaa.tar.gz' : undefined),
      );
      pod.leave('new');
      const said = await pod.start('commit', left).ended;
      await pod.kill();
      const content = await found(volume, variables);
      expect(['old', 'new']).toContain(content);
      states.add(content);
      return said;
    });
    expect(states).toContain('new');
  },
);

test.each([false, true])(
  'when the start of a cluster is killed, the next one finds what was there (write once: %s)',
  async (once) => {
    const variables = { KEEP: '1', WRITE_ONCE: String(once) };
    await killEverywhere(async (line) => {
      const volume = new StateVolume();
      addOld(volume, once);
      if (!once) volume.write('left', 'new-archive.tar.gz');
      const pod = volume.pod({ before: killedAt(line), variables });
      const said = await pod.start('begin').ended;
      await pod.kill();
      expect(await found(volume, variables)).toBe(once ? 'old' : 'left');
      return said;
    });
  },
);
