/** Batch texts that stage files, run on the nodes of a stand-in Flux. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { StagedPath } from '../../../src/model/staging/spec';
import { stagedBatch } from '../../../src';
import { Ended, StagingNodes, removeNodes } from '../../support/staging-nodes';

jest.setTimeout(60_000);
afterEach(removeNodes);

const IMAGE = 'the image\n'.repeat(100);

/** Nodes of which node 0 has /src/mpi.sif, and what stages it to /data. */
function machine(size = 4, release?: string): { nodes: StagingNodes; staging: StagedPath[] } {
  const nodes = new StagingNodes(size, release);
  nodes.write('src/mpi.sif', IMAGE);
  return { nodes, staging: [{ path: 'mpi.sif', from: nodes.path('src'), to: nodes.path('data') }] };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function staged(nodes: StagingNodes, staging: StagedPath[], text = 'echo ran'): Promise<Ended> {
  return nodes.run(stagedBatch(staging, text));
}

test('every node has the file when the text runs, each says so, and no archive is left', async () => {
  const { nodes, staging } = machine();
  const ended = await staged(nodes, staging);
  expect(ended.stderr).toContain('/data/mpi.sif has got to node-3 in 0.');
  expect(ended.stderr.match(/has got to node-\d/g)).toHaveLength(4);
  expect(ended).toMatchObject({ code: 0, stdout: 'ran\n' });
  expect(nodes.withText('data/mpi.sif', IMAGE)).toEqual([0, 1, 2, 3]);
  expect(nodes.hasArchives()).toBe(false);
});

test('a file that is staged from where it stays is not copied on rank 0', async () => {
  const { nodes } = machine();
  const ended = await staged(nodes, [{ path: 'mpi.sif', to: nodes.path('src') }]);
  expect(ended.stderr.match(/has got to node-\d/g)?.sort()).toEqual(
    [1, 2, 3].map((rank) => `has got to node-${rank}`),
  );
  expect(nodes.withText('src/mpi.sif', IMAGE)).toEqual([0, 1, 2, 3]);
  expect(nodes.has('src/.minicluster-staging', 0)).toBe(false);
});

test('one node alone has nobody to ask', async () => {
  const { nodes, staging } = machine(1);
  expect(await staged(nodes, staging)).toMatchObject({ code: 0, stdout: 'ran\n' });
  expect(nodes.calls().some((call) => call.startsWith('exec'))).toBe(false);
});

test('before 0.60 it is filemap that distributes', async () => {
  const { nodes, staging } = machine(3, '0.59.0');
  expect(await staged(nodes, staging)).toMatchObject({ code: 0, stdout: 'ran\n' });
  expect(nodes.withText('data/mpi.sif', IMAGE)).toEqual([0, 1, 2]);
  expect(nodes.calls().filter((call) => call.startsWith('archive'))).toEqual([]);
  expect((await staged(nodes, staging)).stderr.match(/already/g)).toHaveLength(3);
});

test('the exit code is that of the text, and the archives are removed then too', async () => {
  const { nodes, staging } = machine();
  expect(await staged(nodes, staging, 'set -e\nfalse\necho never')).toMatchObject({ code: 1, stdout: '' });
  expect(await staged(nodes, staging, 'exit 37')).toMatchObject({ code: 37 });
  expect(await staged(nodes, staging, 'if; then')).toMatchObject({ code: 2 });
  expect(nodes.hasArchives()).toBe(false);
});

test('a text in another language is run by its own interpreter', async () => {
  const { nodes, staging } = machine(2);
  const python = `#!${nodes.root}/bin/python3 -I\nimport sys\nprint("EOF $HOME", sys.flags.isolated)\nEND = 1\n`;
  expect(await staged(nodes, staging, python)).toMatchObject({ code: 0, stdout: 'EOF $HOME 1\n' });
});

test('a disk that is full on one node ends it with the name of the node, and the text is not run', async () => {
  const { nodes, staging } = machine();
  nodes.fault(
    'extract',
    'if [[ ${NODE:-} == 3 ]]; then echo half >"$folder/mpi.sif"; echo "flux-archive: write: No space left on device" >&2; exit 1; fi',
  );
  const ended = await staged(nodes, staging);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain('/data/mpi.sif did not get to node-3: write: No space left on device\n');
  expect(ended.stderr).toContain('has got to node-2');
  expect(nodes.withText('data/mpi.sif', IMAGE)).toEqual([0, 1, 2]);
  expect(nodes.has('data/mpi.sif', 3)).toBe(false);
  expect(nodes.hasArchives()).toBe(false);
  nodes.fault('extract', '');
  const again = await staged(nodes, staging);
  expect(again.stderr.match(/has got to node-\d/g)).toEqual(['has got to node-3']);
  expect(again).toMatchObject({ code: 0, stdout: 'ran\n' });
});

test('a folder that can not be made on a node is told of', async () => {
  const { nodes, staging } = machine();
  nodes.write('data', 'a file', 2);
  const ended = await staged(nodes, staging);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/\/data\/mpi\.sif did not get to node-2: mkdir: cannot create directory/);
});

test('a node that Flux has lost is named', async () => {
  const { nodes, staging } = machine(3);
  nodes.fault('extract', 'exit 1');
  nodes.lose('node-2');
  expect((await staged(nodes, staging)).stderr).toContain(
    'minicluster: staging: not all nodes have got what they should (Flux has lost node-2): the text is not run\n',
  );
});

test('if no archive can be made nobody is asked to extract it', async () => {
  const { nodes, staging } = machine();
  nodes.fault('create', 'echo "flux-archive: mpi.sif: Permission denied" >&2; exit 1');
  const ended = await staged(nodes, staging);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toBe(
    'minicluster: staging: no archive could be made of /src/mpi.sif on node-0: mpi.sif: Permission denied\n',
  );
});

test('a file that is nowhere is told of', async () => {
  const { nodes, staging } = machine();
  const [one] = staging;
  const ended = await staged(nodes, [{ ...(one as StagedPath), path: 'other.sif' }]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toBe('minicluster: staging: there is no /src/other.sif on node-0, which is rank 0\n');
});

test('a second run extracts nothing, but what has changed', async () => {
  const { nodes, staging } = machine();
  await staged(nodes, staging);
  expect((await staged(nodes, staging)).stderr.match(/is on node-\d already/g)).toHaveLength(4);
  // Somebody wrote to the file of one node, and removed that of another.
  nodes.write('data/mpi.sif', 'other', 1);
  nodes.write('data/mpi.sif.new', '', 2);
  const text = `#!/bin/bash\nrm ${nodes.path('data/mpi.sif', 3)}\n`;
  await nodes.run(text);
  expect((await staged(nodes, staging)).stderr.match(/has got to node-\d/g)?.sort()).toEqual([
    'has got to node-1',
    'has got to node-3',
  ]);
  nodes.write('src/mpi.sif', 'newer');
  await staged(nodes, staging);
  expect(nodes.withText('data/mpi.sif', 'newer')).toEqual([0, 1, 2, 3]);
});

test('after a run that was killed the next one makes it right', async () => {
  const { nodes, staging } = machine();
  nodes.fault(
    'extract',
    'if [[ -n ${NODE:-} ]]; then echo half >"$folder/mpi.sif"; while :; do sleep 0.05; done; fi',
  );
  const reached = (): boolean =>
    [1, 2, 3].every((rank) => nodes.has('data/.minicluster-staging', rank)) && nodes.hasArchives();
  expect((await nodes.run(stagedBatch(staging, 'echo ran'), {}, reached)).code).not.toBe(0);
  expect(nodes.hasArchives()).toBe(true);
  expect(nodes.withText('data/mpi.sif', IMAGE)).toEqual([0]);
  nodes.fault('extract', '');
  expect(await staged(nodes, staging)).toMatchObject({ code: 0, stdout: 'ran\n' });
  expect(nodes.withText('data/mpi.sif', IMAGE)).toEqual([0, 1, 2, 3]);
  const left = await nodes.run(`#!/bin/bash\nls ${nodes.path('data/.minicluster-staging', 1)} | wc -l`);
  expect(left.stdout.trim()).toBe('1');
});

test('a folder is replaced by its new content as a whole', async () => {
  const { nodes } = machine();
  nodes.write('src/set/a/one', '1');
  nodes.write('data/set/old', 'old', 2);
  const staging = [{ path: 'set', from: nodes.path('src'), to: nodes.path('data') }];
  expect(await staged(nodes, staging)).toMatchObject({ code: 0 });
  expect(nodes.withText('data/set/a/one', '1')).toEqual([0, 1, 2, 3]);
  expect(nodes.has('data/set/old', 2)).toBe(false);
});

test('an image is pulled once, by the program that is there', async () => {
  const { nodes } = machine();
  nodes.program(
    'singularity',
    `#!/bin/bash\necho "$*" >>${nodes.root}/pulls\n[[ $1 == pull ]] && echo sif >"$2"\n`,
  );
  const staging = [
    { path: 'app.sif', to: nodes.path('img'), pull: 'oras://ghcr.io/rse-ops/singularity-mpi:mpich' },
  ];
  expect((await staged(nodes, staging)).stderr).toContain(
    'pulling oras://ghcr.io/rse-ops/singularity-mpi:mpich on node-0',
  );
  expect((await staged(nodes, staging)).stderr).not.toContain('pull');
  expect(nodes.withText('img/app.sif', 'sif\n')).toEqual([0, 1, 2, 3]);
  expect((await nodes.run(`cat ${nodes.root}/pulls | wc -l`)).stdout.trim()).toBe('1');
});

test('a pull that fails leaves nothing behind, and is told of', async () => {
  const { nodes } = machine();
  nodes.program('apptainer', '#!/bin/bash\necho half >"$2"\necho "FATAL: not found" >&2\nexit 255\n');
  const staging = [{ path: 'app.sif', to: nodes.path('img'), pull: 'docker://nowhere/app' }];
  const ended = await staged(nodes, staging);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain('FATAL: not found\n');
  expect(ended.stderr).toContain(
    'docker://nowhere/app could not be pulled to /img/app.sif on node-0: it ended with exit code 255\n',
  );
  expect(nodes.has('img/app.sif', 0)).toBe(false);
  expect(nodes.has('img/.minicluster-staging', 0)).toBe(false);
});

test('where nothing can pull images that is said', async () => {
  const { nodes } = machine();
  const staging = [{ path: 'app.sif', to: nodes.path('img'), pull: 'library://a/b/c' }];
  expect((await staged(nodes, staging)).stderr).toContain(
    ': neither apptainer nor singularity is on the PATH\n',
  );
});

test('a file that has the checksum is not pulled, one that has another is', async () => {
  const { nodes } = machine();
  nodes.program('singularity', '#!/bin/bash\necho sif >"$2"\n');
  nodes.write('img/app.sif', 'stale');
  const staging = [
    { path: 'app.sif', to: nodes.path('img'), pull: 'oras://x/y', sha256: digest('sif\n').toUpperCase() },
  ];
  expect((await staged(nodes, staging)).stderr).toContain('pulling');
  expect(nodes.withText('img/app.sif', 'sif\n')).toEqual([0, 1, 2, 3]);
  expect((await staged(nodes, staging)).stderr).not.toContain('pulling');
});

test('a wrong checksum fails, and what was pulled is not used', async () => {
  const { nodes, staging } = machine();
  nodes.program('singularity', '#!/bin/bash\necho evil >"$2"\n');
  const pulled = [{ path: 'app.sif', to: nodes.path('img'), pull: 'oras://x/y', sha256: digest('sif\n') }];
  const ended = await staged(nodes, pulled);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(`its SHA-256 is ${digest('evil\n')}, not ${digest('sif\n')}`);
  expect(nodes.has('img/app.sif', 0)).toBe(false);
  const [one] = staging;
  const there = await staged(nodes, [{ ...(one as StagedPath), sha256: digest('other') }]);
  expect(there.stderr).toBe(
    `minicluster: staging: the SHA-256 of /src/mpi.sif on node-0 is ${digest(IMAGE)}, not ${digest('other')}\n`,
  );
});

test('directives stay directives, and are no part of the text any more', () => {
  const text = stagedBatch(
    [{ path: 'a', to: '/b' }],
    '# flux: -N4\n# more\n# flux: -n 8\n\necho\n# flux: late\n',
  );
  expect(text.split('\n').slice(0, 3)).toEqual(['#!/bin/bash', '#FLUX: -N4', '#FLUX: -n 8']);
  expect(text).toContain("<<'END'\n\n# more\n\n\necho\n# flux: late\nEND\n");
});

test('blanks, quotes and other characters of names and texts arrive', async () => {
  const name = fc
    .string({
      unit: fc.constantFrom(...'ab \'"$`\\*?[]{}~!&;|<>()#-=%é'.split('')),
      minLength: 1,
      maxLength: 8,
    })
    .filter((text) => !['.', '..'].includes(text));
  await fc.assert(
    fc.asyncProperty(name, name, name, async (folder, file, target) => {
      const nodes = new StagingNodes(2);
      nodes.write(`src/${folder}/${file}`, 'content');
      const staging = [
        { path: `${folder}/${file}`, from: nodes.path('src'), to: nodes.path(`to/${target}`) },
      ];
      const text = `cat <<'X'\n${target}${file}\nX\n`;
      const ended = await staged(nodes, staging, text);
      expect(ended).toMatchObject({ code: 0, stdout: `${target}${file}\n` });
      expect(nodes.withText(`to/${target}/${folder}/${file}`, 'content')).toEqual([0, 1]);
      nodes.remove();
    }),
    { numRuns: 25 },
  );
});
