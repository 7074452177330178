/** What a change of the arguments changes at AWS, and what stays. */
import { REGION, UBUNTU_AMD64 } from '../support/aws-account';
import { DeployOptions, Registered, all, labelOf, one } from '../support/pulumi-deploy';
import { SMALL, deployCluster } from '../support/usernetes-clusters';
import { TYPES, parameterIn, userDataIn } from '../support/usernetes-resources';

jest.setTimeout(60_000);

async function resourcesOf(more: object = {}, options?: DeployOptions): Promise<readonly Registered[]> {
  return (await deployCluster({ ...SMALL, ...more }, options)).resources;
}

/** Inputs that differ, by label, without those whose changes are ignored; a component is no thing at AWS. */
function changesOf(before: readonly Registered[], after: readonly Registered[]): Record<string, string[]> {
  const byUrn = new Map(before.map((each) => [each.urn, each]));
  const changes = after.flatMap((each): [string, string[]][] => {
    const old = byUrn.get(each.urn);
    if (old === undefined || !each.custom) return [];
    expect([labelOf(each), each.options]).toEqual([
      labelOf(each),
      { ...old.options, customTimeouts: each.options.customTimeouts },
    ]);
    const names = [...new Set([...Object.keys(old.inputs), ...Object.keys(each.inputs)])].sort();
    const changed = names.filter(
      (name) =>
        !each.options.ignoreChanges.includes(name) &&
        JSON.stringify(old.inputs[name]) !== JSON.stringify(each.inputs[name]),
    );
    return changed.length > 0 ? [[labelOf(each), changed]] : [];
  });
  return Object.fromEntries(changes);
}

test('from 4 to 6 nodes two ranks come, and nothing of any other one changes', async () => {
  const [before, after] = [
    await resourcesOf({ nodes: 4, maxNodes: 8 }),
    await resourcesOf({ nodes: 6, maxNodes: 8 }),
  ];
  const urns = new Set(before.map(({ urn }) => urn));
  const come = after.filter(({ urn }) => !urns.has(urn)).map(labelOf);
  expect(come).toEqual([
    'Instance hpc-4',
    'Instance hpc-5',
    'NetworkInterface hpc-4',
    'NetworkInterface hpc-5',
  ]);
  expect(after).toHaveLength(before.length + come.length);
  expect(changesOf(before, after)).toEqual({
    'Stack hpc-ready': ['templateBody'],
    'Parameter hpc-nodes': ['insecureValue'],
  });
  expect(parameterIn(after, 'nodes').inputs.insecureValue).toBe('6');
  expect(userDataIn(after)).toBe(userDataIn(before));
});

test('other tags replace no node: nothing changes but tags', async () => {
  const changes = changesOf(
    await resourcesOf({ tags: { team: 'a' } }),
    await resourcesOf({ tags: { team: 'b', more: 'c' } }),
  );
  // Any other input makes another version of the template, and that other instances; so do its tags in a preview.
  expect(changes).not.toHaveProperty('LaunchTemplate hpc');
  for (const rank of [0, 1]) expect(changes[`Instance hpc-${rank}`]).toEqual(['tags', 'volumeTags']);
  const others = Object.entries(changes).filter(([label]) => !label.startsWith('Instance '));
  expect(others.length).toBeGreaterThan(15);
  expect(others.filter(([, inputs]) => inputs.join() !== 'tags')).toEqual([]);
});

test('volumes have the tags of their instance, which a node does not change', async () => {
  const { inputs } = one(await resourcesOf({ tags: { team: 'a' } }), TYPES.instance, 'hpc-1');
  expect(inputs.volumeTags).toEqual({ Name: 'hpc-1', 'flux-usernetes:cluster': 'hpc', team: 'a' });
});

test('more tags than an object of S3 takes are on its bucket', async () => {
  const tags = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`key-${index}`, 'value']));
  const resources = await resourcesOf({ tags });
  expect(one(resources, TYPES.object).inputs.tags).toBeUndefined();
  expect(one(resources, TYPES.bucket).inputs.tags).toMatchObject(tags);
});

test.each<[string, object]>([
  ['a larger volume', { volume: { size: 200 } }],
  ['another market', { capacity: { market: 'spot' } }],
  ['another placement group', { placementGroup: 'theirs' }],
])('%s is another version of the template, which instances and their wait follow', async (_, args) => {
  const [before, after] = [await resourcesOf(), await resourcesOf(args)];
  expect(Object.keys(changesOf(before, after))).toEqual(['LaunchTemplate hpc']);
  const { inputs, inputsNeed } = one(after, TYPES.instance, 'hpc-0');
  expect(inputs.launchTemplate).toMatchObject({ version: '1' });
  expect(inputsNeed.launchTemplate).toEqual(['LaunchTemplate hpc']);
  expect(one(after, TYPES.stack).inputsNeed.templateBody).toEqual(['Instance hpc-0', 'Instance hpc-1']);
});

/** Logical ids of the wait, which differ where another one begins. */
async function waitOf(more: object, account: DeployOptions['account'] = {}): Promise<string[]> {
  const { templateBody } = one(await resourcesOf(more, { account }), TYPES.stack).inputs;
  return Object.keys((JSON.parse(String(templateBody)) as { Resources: object }).Resources);
}

test('another limit of the wait is another wait, since a condition can not change', async () => {
  const [before, same, after] = [
    await waitOf({}),
    await waitOf({ wait: { timeout: 2700 } }),
    await waitOf({ wait: { timeout: 3600 } }),
  ];
  expect(same).toEqual(before);
  expect(before).toHaveLength(3);
  expect(after.filter((id) => before.includes(id))).toEqual(['Signal']);
  const changes = changesOf(await resourcesOf(), await resourcesOf({ wait: { timeout: 3600 } }));
  expect(changes).toEqual({ 'Stack hpc-ready': ['templateBody'] });
});

test('another instance, for whatever reason, is another wait', async () => {
  const before = await waitOf({});
  for (const name of ['hpc-0', 'hpc-1']) {
    const after = await waitOf({}, { instanceIds: { [name]: 'i-0123456789abcdef0' } });
    expect(after.filter((id) => before.includes(id))).toEqual(['Signal']);
  }
});

test('what has the address or name of its successor goes before that comes', async () => {
  const first = (await resourcesOf()).filter(({ options }) => options.deleteBeforeReplace);
  expect(first.map(labelOf)).toEqual([
    'Stack hpc-ready',
    'Instance hpc-0',
    'Instance hpc-1',
    'NetworkInterface hpc-0',
    'NetworkInterface hpc-1',
    'Subnet hpc-nat',
    'Subnet hpc-nodes',
    'SubnetCidrReservation hpc',
  ]);
});

test('the zone of a network is the first one by name, and stays', async () => {
  const zonesOf = async (more: object, account: DeployOptions['account'] = {}): Promise<unknown[]> =>
    all(await resourcesOf(more, { account }), TYPES.subnet).map(({ inputs }) => inputs.availabilityZone);
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => `${REGION}${letter}`) as [string, string, string];
  const local = `${REGION}-dub-1a`;
  expect(await zonesOf({})).toEqual([a, a]);

  const held = { '/flux-usernetes/hpc/zone': c };
  const offers = { 'm7i.large': [local, c, b] };
  expect(await zonesOf({}, { offers })).toEqual([b, b]);
  expect(await zonesOf({}, { offers, held })).toEqual([c, c]);
  expect(await zonesOf({ network: { availabilityZone: b } }, { offers, held })).toEqual([b, b]);
  expect(await zonesOf({ network: { availabilityZone: local } }, { offers })).toEqual([local, local]);
});

test('the image stays, too, although there is a newer one', async () => {
  const old = {
    id: 'ami-0cc00000000000864',
    architecture: 'x86_64',
    rootDeviceName: '/dev/xvda',
    rootVolumeSize: 8,
  };
  const held = { '/flux-usernetes/hpc/image/24.04-amd64-1': JSON.stringify(old) };
  const imageOf = async (more: object): Promise<unknown> =>
    one(await resourcesOf(more, { account: { held } }), TYPES.template).inputs.imageId;
  expect(await imageOf({})).toBe(old.id);
  expect(await imageOf({ image: { renewal: '2' } })).toBe(UBUNTU_AMD64);
});
