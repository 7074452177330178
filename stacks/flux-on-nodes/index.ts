// Flux on the nodes of a Kubernetes cluster, a container image that all nodes get with one pull, and a MiniCluster that
// starts from it, without the operator. Settings, all in the environment:
//
//   NAMESPACE    namespace of everything; it must exist, and let pods be privileged (hpc)
//   POOL         value of the label "pool" of the nodes (hpc)
//   CORES        cores of each node that Flux books, as an idset: 0-7; without it all, which pods use too
//   IMAGE        image that is distributed, and that the MiniCluster runs (ghcr.io/converged-computing/lammps-reax:ubuntu2204)
//   FLUX_IMAGE   view with Flux, of the system of that image or an older one (…/flux-view-ubuntu:tag-jammy)
//   NODES        pods of the MiniCluster (4)
//   TASKS        processes of its command (16)
import { App, Chart } from 'cdk8s';
import { ContentDistribution, FluxDistribute, MiniClusterJob } from 'flux-framework-constructs/cdk8s';
import { numberSetting, setting } from '../settings';

export function fluxOnNodes(app: App): void {
  const namespace = setting('NAMESPACE', 'hpc');
  const pool = { pool: setting('POOL', 'hpc') };
  const image = setting('IMAGE', 'ghcr.io/converged-computing/lammps-reax:ubuntu2204');
  const cores = setting('CORES');

  const flux = new FluxDistribute(new Chart(app, 'flux', { namespace }), 'flux', {
    metadata: { name: 'flux' },
    nodeSelector: pool,
    ...(cores !== '' && { cores }),
  });

  const content = new ContentDistribution(new Chart(app, 'content', { namespace }), 'content', {
    metadata: { name: 'lammps-image' },
    through: flux,
    images: [image],
    // Nodes that join later get it too.
    keep: true,
  });

  const lammps = new MiniClusterJob(new Chart(app, 'lammps', { namespace }), 'lammps', {
    metadata: { name: 'lammps' },
    size: numberSetting('NODES', 4),
    tasks: numberSetting('TASKS', 16),
    onePodPerNode: true,
    pod: { nodeSelector: pool },
    flux: {
      container: { image: setting('FLUX_IMAGE', 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy') },
    },
    // What is on the node already is not pulled again.
    containers: [
      {
        image,
        imagePullPolicy: 'IfNotPresent',
        command: 'lmp -in in.reaxff.hns',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
      },
    ],
  });
  lammps.node.addDependency(content);
}
