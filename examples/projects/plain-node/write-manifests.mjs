// A queue for each user of a lab, without cdk8s and without a compiler: functions give manifests as data. One file a user,
// in the folder that the first argument names:
//
//   npm install && node write-manifests.mjs manifests ada grace && kubectl apply -f manifests/
//   npx minicluster certificate queue-certificate --namespace lab-ada | kubectl create -f -
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidSpecError, miniCluster, sharedVolume } from 'flux-framework-constructs';
import { stringify } from 'yaml';

const [folder = 'manifests', ...users] = process.argv.slice(2);

/** @param {string} user */
function queueOf(user) {
  const namespace = `lab-${user}`;
  const home = { name: 'home', namespace };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...sharedVolume(home, { nfs: { server: 'nfs.example.com', path: `/home/${user}` } }),
    ...miniCluster(
      { name: 'queue', namespace, labels: { user } },
      {
        size: 2,
        interactive: true,
        certificate: { secretName: 'queue-certificate' },
        containers: [
          {
            image: 'ubuntu:24.04',
            volumes: { home: { claim: home, path: '/home' } },
          },
        ],
      },
    ),
  ];
}

/** @param {readonly object[]} manifests */
const yamlOf = (manifests) =>
  manifests.map((manifest) => stringify(manifest, { lineWidth: 0 })).join('---\n');

try {
  // Everything is rendered before anything is written: what is wrong with one user leaves no half of a folder.
  const files = users.map((user) => ({ name: `${user}.yaml`, text: yamlOf(queueOf(user)) }));
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
} catch (error) {
  if (!(error instanceof InvalidSpecError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
