// One cluster for each size of a sweep, as one stream of YAML:
//
//   npm install && npm run build && node lib/sweep.js 2 4 8 | kubectl apply -f -
//
// What is wrong with one of them is told on standard error, and nothing is written. The same file compiles to CommonJS
// once package.json says "type": "commonjs".
import { App, Chart } from 'cdk8s';
import { InvalidSpecError } from 'flux-framework-constructs';
import { MiniCluster, SharedVolume } from 'flux-framework-constructs/cdk8s';

const TASKS_PER_POD = 4;

function sweep(sizes: readonly number[]): string {
  const app = new App();
  const chart = new Chart(app, 'sweep', { namespace: 'flux' });
  const results = new SharedVolume(chart, 'results', {
    metadata: { name: 'sweep-results' },
    capacity: '10Gi',
    storageClassName: 'efs',
  });
  for (const size of sizes) {
    const name = `lammps-${size}`;
    new MiniCluster(chart, name, {
      metadata: { name },
      size,
      tasks: size * TASKS_PER_POD,
      reportFailure: true,
      // Made once: npx minicluster certificate sweep-certificate --namespace flux | kubectl create -f -
      certificate: { secretName: 'sweep-certificate' },
      containers: [
        {
          image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
          workingDir: '/opt/lammps/examples/reaxff/HNS',
          command: `lmp -v x 8 -v y 8 -v z 8 -in in.reaxff.hns -nocite -log /results/${name}.log`,
          resources: { requests: { cpu: `${TASKS_PER_POD}` }, limits: { cpu: `${TASKS_PER_POD}` } },
          volumes: { results: results.mount('/results') },
        },
      ],
    });
  }
  return app.synthYaml();
}

try {
  process.stdout.write(sweep(process.argv.slice(2).map(Number)));
} catch (error) {
  if (!(error instanceof InvalidSpecError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
