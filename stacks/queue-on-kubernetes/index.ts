// A Kubernetes cluster of one's own: the Flux Operator, a volume, a batch job whose container image is staged to its nodes,
// and a queue over several applications. Settings, all in the environment:
//
//   OPERATOR_IMAGE   image of the operator by digest, which docs/flux-operator.md tells how to get; without it the operator
//                    is assumed to be installed
//   NAMESPACE        namespace of everything but the operator; it must exist, and let pods be privileged (flux)
//   STORAGE_CLASS    storage class whose volumes many nodes can write to (efs)
//   CAPACITY         of the volume (100Gi)
//   NODES            pods of the batch job (4)
//   CERTIFICATE      Secret with the key of the batch job's brokers, as `npx minicluster certificate NAME` makes one; without
//                    it the operator makes a key that stands in a ConfigMap
//   POD_CORES        cores of each pod of the queue, which its applications share: what the pod asks for, and what Flux gives
//                    out (4)
import { App, Chart } from 'cdk8s';
import {
  FluxOperator,
  MiniCluster,
  MultiApplicationCluster,
  SharedVolume,
} from 'flux-framework-constructs/cdk8s';
import { numberSetting, setting } from '../settings';

// The oldest system that the applications are of: a view runs on newer ones, too.
const VIEW = 'ghcr.io/converged-computing/flux-view-ubuntu:tag-focal';

const BATCH = `set -euo pipefail
flux submit --nodes=\${NODES} --ntasks=\${NODES} --flags=waitable --output=/results/job-{{id}}.out \\
  singularity exec /data/mpi.sif /opt/mpitest
# Where "flux queue idle" would only wait, this fails if the job has failed.
flux job wait --all
`;

export function queueOnKubernetes(app: App): void {
  const namespace = setting('NAMESPACE', 'flux');
  const nodes = numberSetting('NODES', 4);
  const podCores = numberSetting('POD_CORES', 4);
  const secretName = setting('CERTIFICATE');
  const operatorImage = setting('OPERATOR_IMAGE');

  const storage = new Chart(app, 'storage', { namespace });
  const results = new SharedVolume(storage, 'results', {
    metadata: { name: 'results' },
    storageClassName: setting('STORAGE_CLASS', 'efs'),
    capacity: setting('CAPACITY', '100Gi'),
  });

  const batch = new MiniCluster(new Chart(app, 'batch', { namespace }), 'batch', {
    metadata: { name: 'mpi-test' },
    size: nodes,
    tasks: nodes,
    reportFailure: true,
    ...(secretName !== '' && { certificate: { secretName } }),
    // The text of the batch job is run when the container is on all nodes; /data is of each node alone.
    staging: [{ path: 'mpi.sif', to: '/data', pull: 'oras://ghcr.io/rse-ops/singularity-mpi:mpich' }],
    // What the batch job says, of its staging too, would be lost with the pod.
    flux: { container: { image: VIEW }, optionFlags: '--output=/results/batch.log' },
    containers: [
      {
        image: 'ghcr.io/rse-ops/singularity:tag-mamba',
        batch: true,
        batchRaw: true,
        command: BATCH,
        environment: { NODES: String(nodes) },
        volumes: { results: results.mount('/results') },
        // Running a container in a container.
        securityContext: { privileged: true },
      },
    ],
  });
  batch.node.addDependency(results);
  if (operatorImage !== '')
    batch.node.addDependency(
      new FluxOperator(new Chart(app, 'operator'), 'operator', { images: { amd64: operatorImage } }),
    );

  const queue = new MultiApplicationCluster(new Chart(app, 'queue', { namespace }), 'queue', {
    metadata: { name: 'queue' },
    size: 2,
    // As many as the pod asks for: without it Flux gives out all cores of the node.
    cores: podCores,
    flux: { container: { image: VIEW } },
    // Kubernetes adds up what containers request: one of them asks for the cores that all of them share.
    queue: { resources: { requests: { cpu: String(podCores), memory: '8Gi' } } },
    // Jobs run in the container of their application, and write their output there.
    applications: [
      {
        name: 'lammps',
        image: 'ghcr.io/rse-ops/lammps-matrix:mpich-ubuntu-20.04-amd64',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        volumes: { results: results.mount('/results') },
      },
      { name: 'analysis', image: 'ubuntu:24.04', volumes: { results: results.mount('/results') } },
    ],
  });
  queue.node.addDependency(results);
}
