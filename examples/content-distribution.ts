// One pull of a container image for all nodes: the lead's node pulls it, the brokers' tree carries it, and the pods of a
// MiniCluster start from what is on their nodes already. The nodes of this pool have 16 CPUs, of which Flux
// books 8. The Flux Operator must run in the cluster.
//
//   kubectl create namespace hpc
//   kubectl apply -f dist/content-distribution.k8s.yaml
//   kubectl logs --namespace hpc --follow deployment/lammps-image
//
// kubectl applies the MiniCluster last, and does not wait: a pod that starts before the image is there pulls it.
import { App, Chart } from 'cdk8s';
import {
  ContentDistribution,
  FluxDistribute,
  MiniCluster,
  NodeCleanUp,
} from 'flux-framework-constructs/cdk8s';

const IMAGE = 'ghcr.io/converged-computing/lammps-reax:ubuntu2204';
const POOL = { pool: 'hpc' };

export function contentDistribution(app: App): Chart {
  const chart = new Chart(app, 'content-distribution', { namespace: 'hpc' });
  const flux = new FluxDistribute(chart, 'flux', {
    metadata: { name: 'flux' },
    nodeSelector: POOL,
    cores: '0-7',
    onDelete: NodeCleanUp.INSTALLATION,
  });
  const image = new ContentDistribution(chart, 'lammps-image', {
    metadata: { name: 'lammps-image' },
    through: flux,
    images: [IMAGE],
    bandwidth: '200M',
    keep: true,
  });
  const lammps = new MiniCluster(chart, 'lammps', {
    metadata: { name: 'lammps' },
    size: 4,
    tasks: 16,
    pod: { nodeSelector: POOL },
    containers: [
      { image: IMAGE, command: 'lmp -in in.reaxff.hns', workingDir: '/opt/lammps/examples/reaxff/HNS' },
    ],
  });
  lammps.node.addDependency(image);
  return chart;
}
