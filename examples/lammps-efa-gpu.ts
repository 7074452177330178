// LAMMPS on GPU nodes with EFA: one broker a node, each with all GPUs and network cards of its node.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

export function lammpsEfaGpu(app: App): Chart {
  const chart = new Chart(app, 'lammps-efa-gpu', { namespace: 'hpc' });
  new MiniCluster(chart, 'lammps', {
    metadata: { name: 'lammps' },
    size: 4,
    tasks: 32,
    reportFailure: true,
    // A Secret that `flux keygen curve.cert` and `kubectl create secret generic --from-file` make.
    certificate: { secretName: 'lammps-certificate' },
    flux: {
      container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' },
      optionFlags: '-o gpu-affinity=per-task -o cpu-affinity=per-task',
    },
    pod: { nodeSelector: { 'node.kubernetes.io/instance-type': 'p4d.24xlarge' } },
    containers: [
      {
        image: 'ghcr.io/converged-computing/metric-lammps-gpu:libfabric-reax',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        command: 'lmp -k on g 8 -sf kk -v x 16 -v y 16 -v z 16 -in in.reaxc.hns -nocite',
        environment: { FI_PROVIDER: 'efa', FI_EFA_USE_DEVICE_RDMA: '1' },
        resources: {
          limits: {
            'nvidia.com/gpu': '8',
            'vpc.amazonaws.com/efa': '4',
            'hugepages-2Mi': '5120Mi',
            memory: '500Gi',
          },
          requests: {
            'nvidia.com/gpu': '8',
            'vpc.amazonaws.com/efa': '4',
            'hugepages-2Mi': '5120Mi',
            memory: '500Gi',
          },
        },
        securityContext: { capabilities: { add: ['IPC_LOCK'] } },
        volumes: { 'shared-memory': { emptyDir: true, emptyDirMedium: 'memory', emptyDirSizeLimit: '64Gi' } },
      },
    ],
  });
  return chart;
}
