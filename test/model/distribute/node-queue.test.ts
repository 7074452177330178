/** The queue and the nodes of the running instance, asked by a supervisor, run for real with a stand-in flux. */
import { DistributeNode, removeNodes } from '../../support/distribute-node-pod';

jest.setTimeout(60_000);
afterEach(removeNodes);

async function configured(): Promise<DistributeNode> {
  const node = new DistributeNode();
  await node.configure();
  return node;
}

test('the queue is idle when no job is active, and not where Flux does not answer', async () => {
  const node = await configured();
  expect(await node.call('queue.queue_is_idle')).toBe(true);
  node.write('answers/jobs--A', 'f1\n');
  expect(await node.call('queue.queue_is_idle')).toBe(false);
  node.forget('answers/jobs--A');
  node.write('fails/jobs', 'flux-jobs: no answer');
  expect(await node.call('queue.queue_is_idle')).toBe(false);
});

test('draining stops the queue without saving that, and waits for running jobs', async () => {
  const node = await configured();
  node.write('answers/jobs---user=all', 'f1\nf2\n');
  expect(await node.call('queue.drain', 7)).toBe(true);
  expect(node.calls('queue')).toEqual([
    ['queue', 'stop', '--all', '--quiet', '--nocheckpoint'],
    ['queue', 'idle', '--quiet', '--timeout=7s'],
  ]);
  expect(node.sentences()).toEqual([
    'the queue is stopped: running jobs (2) have up to 7 s to end, pending ones (2) are kept',
  ]);
});

test('draining says so where the queue can not be stopped', async () => {
  const node = await configured();
  node.write('fails/queue', 'flux-queue: no answer');
  expect(await node.call('queue.drain', 7)).toBe(false);
  expect(node.sentences()).toEqual(["can't stop the queue: running jobs get no time to end"]);
});

test('a node is drained with a reason that is ours, and a drain of somebody else is kept', async () => {
  const node = await configured();
  expect(await node.call('queue.drain_node', 'node-b', 'the pod is stopped')).toBe(true);
  expect(node.calls('resource')).toEqual([
    ['resource', 'drain', '--update', 'node-b', 'flux-distribute:', 'the', 'pod', 'is', 'stopped'],
  ]);
  node.write('fails/resource', 'flux-resource: no answer');
  expect(await node.call('queue.drain_node', 'node-b', 'x')).toBe(false);
  expect(node.sentences()).toEqual([
    "node-b can't be drained (flux-resource: no answer): jobs may still start there",
  ]);
});

test('only our own drain is undone', async () => {
  const node = await configured();
  const undrained = (): number => node.calls('resource').filter((words) => words[1] === 'undrain').length;
  expect(await node.call('queue.undrain_own', 'node-b')).toBe(false);
  node.write('answers/resource-drain', 'broken fan, see flux-distribute: 7\n');
  expect(await node.call('queue.undrain_own', 'node-b')).toBe(false);
  expect(undrained()).toBe(0);
  node.write('answers/resource-drain', 'flux-distribute: the pod is stopped\n');
  expect(await node.call('queue.undrain_own', 'node-b')).toBe(true);
  expect(node.calls('resource').at(-1)).toEqual(['resource', 'undrain', 'node-b']);
});

test('whether a node was given back is not known while Flux does not answer', async () => {
  const node = await configured();
  node.write('answers/resource-drain', 'flux-distribute: the pod is stopped\n');
  node.write('fails/resource', 'flux-resource: no answer');
  expect(await node.call('queue.undrain_own', 'node-b')).toBeNull();
  expect(node.sentences()).toEqual([]);
  node.forget('fails/resource');
  node.write('fails/resource-undrain', 'flux-resource: no answer');
  expect(await node.call('queue.undrain_own', 'node-b')).toBeNull();
  expect(node.sentences()).toEqual([
    'node-b is still drained (flux-resource: no answer): if that lasts, undrain it with flux resource undrain',
  ]);
});

test('jobs of a node are counted, unless nobody can say', async () => {
  const node = await configured();
  node.write('answers/jobs--A', 'f1\nf2\n');
  expect(await node.call('queue.jobs_on_node', 'node-b')).toBe(2);
  expect(node.calls('jobs')[0]).toContain('--include=node-b');
  node.write('fails/jobs', 'flux-jobs: no answer');
  expect(await node.call('queue.jobs_on_node', 'node-b')).toBeNull();
});

test('cores and GPUs of ranks are asked of all at once, and nodes that do not answer are named', async () => {
  const node = await configured();
  const R =
    '{"version": 1, "execution": {"R_lite": [{"rank": "0", "children": {"core": "0-7", "gpu": "0,1"}}]}}';
  node.write('answers/R-encode', `${R}\n`);
  expect(await node.call('facts.cores_of_ranks', [0])).toEqual({ 0: ['0-7', '0,1'] });
  expect(node.calls('exec')).toHaveLength(1);
  node.write('down', '3');
  expect(await node.call('facts.cores_of_ranks', [0, 3])).toEqual({ 0: ['0-7', '0,1'] });
  expect(node.sentences()).toEqual([
    'the cores of 1 nodes are not known yet (ranks 3; flux-exec: Error: rank 3: /node-0/opt/bin/flux: No route to host)',
  ]);
  node.write('answers/R-encode', '{"version": 2}\n');
  expect(await node.call('facts.cores_of_ranks', [0])).toEqual({});
  expect(await node.call('facts.cores_of_ranks', [])).toEqual({});
});
