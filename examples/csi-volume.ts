// An NFS share mounted by the NFS CSI driver (nfs.csi.k8s.io) as an inline volume: no PersistentVolume, no claim.
// Drivers that demand readOnly of the volume itself, such as the secrets store driver, can't be used this way.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

export function csiVolume(app: App): Chart {
  const chart = new Chart(app, 'csi-volume', { namespace: 'flux' });
  new MiniCluster(chart, 'lammps', {
    metadata: { name: 'lammps-nfs' },
    size: 2,
    tasks: 8,
    reportFailure: true,
    certificate: { secretName: 'lammps-nfs-certificate' },
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' } },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        command: 'lmp -v x 8 -v y 8 -v z 8 -in in.reaxff.hns -nocite -log /results/hns.log',
        volumes: {
          results: {
            path: '/results',
            csiDriver: 'nfs.csi.k8s.io',
            csiDriverAttributes: {
              server: 'nfs.example.org',
              share: '/export/results',
              mountOptions: 'nfsvers=4.1,hard',
            },
          },
        },
      },
    ],
  });
  return chart;
}
