// Flux from an image volume: the view image is mounted, read-only, instead of being copied into each pod. It takes
// Kubernetes 1.35, and a container runtime that knows a subPath of an image volume (containerd 2.2, CRI-O 1.33).
import { App, Chart } from 'cdk8s';
import { FluxFrom, MiniClusterJob } from 'flux-framework-constructs/cdk8s';

export function jobImageVolume(app: App): Chart {
  const chart = new Chart(app, 'job-image-volume', { namespace: 'flux' });
  new MiniClusterJob(chart, 'lammps', {
    metadata: { name: 'lammps-view' },
    // Newer features are used by themselves: the Job also gets a success policy for its lead pod (1.31).
    kubernetes: '1.35',
    fluxFrom: FluxFrom.VIEW_VOLUME,
    size: 2,
    tasks: 8,
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' } },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        command: 'lmp -v x 8 -v y 8 -v z 8 -in in.reaxff.hns -nocite -log none',
        resources: { requests: { cpu: '4' }, limits: { cpu: '4' } },
      },
    ],
  });
  return chart;
}
