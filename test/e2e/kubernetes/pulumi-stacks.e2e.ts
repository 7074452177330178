/** A real API server takes the Kubernetes objects that the Pulumi programs register. */
import { join } from 'node:path';

import { ROOT } from '../../support/package';
import { Api } from './api';
import { Cluster } from './cluster';
import { Definitions } from './definitions';
import { documentsIn, documentOf, filesBelow } from './documents';
import { objectsOf, pulumiFolders } from './pulumi-objects';
import { SETTINGS } from './settings';
import { applyTwice, complaintsAbout, create } from './taken';

const { rendered, ...server } = SETTINGS.read();
const cluster = new Cluster(new Api(server));
const { rendered: definition } = Definitions.among(
  filesBelow(rendered).flatMap((file) => documentsIn(join(rendered, file))),
);

const FOLDERS = pulumiFolders(ROOT);

/** Settings that have no default. */
const SETTINGS_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'stacks/eks-efa': { cluster: 'hpc' },
};

let taken = 0;

afterAll(async () => {
  await cluster.define(undefined);
  process.stdout.write(
    `Objects of ${FOLDERS.length} Pulumi programs created, applied and read back: ${taken}\n`,
  );
});

test.each(FOLDERS)(
  'the objects of the program in %s are taken, and held as they were sent',
  async (folder) => {
    const manifests = await objectsOf(join(ROOT, folder), SETTINGS_OF[folder]);
    const documents = manifests.map((manifest) => documentOf(JSON.stringify(manifest)));
    await cluster.define(definition);
    await cluster.makeRoomFor(manifests);

    expect(await complaintsAbout(documents, create, cluster, definition)).toEqual([]);
    expect(await complaintsAbout(documents, applyTwice, cluster, definition)).toEqual([]);
    taken += documents.length;
  },
);

test('the programs have objects', () => {
  expect(taken).toBeGreaterThan(0);
});
