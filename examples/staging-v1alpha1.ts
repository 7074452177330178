// A Singularity container, pulled once and staged to a directory of every node before the job runs.
import { App, Chart } from 'cdk8s';
import { MiniClusterV1Alpha1 } from 'flux-framework-constructs/cdk8s';

const BATCH = `flux filemap map -C /data mpi.sif
flux exec -x 0 -r all flux filemap get -C /data
flux submit -n 4 --output /tmp/fluxout/job.out --error /tmp/fluxout/job.out --flags waitable singularity exec /data/mpi.sif /opt/mpitest
flux queue idle
flux filemap unmap
`;

const PULL_ONCE = `if [[ ! -e "mpi.sif" ]]; then
    singularity pull mpi.sif oras://ghcr.io/rse-ops/singularity-mpi:mpich
fi
`;

export function stagingV1Alpha1(app: App): Chart {
  const chart = new Chart(app, 'staging-v1alpha1', { namespace: 'flux-operator' });
  new MiniClusterV1Alpha1(chart, 'staging', {
    metadata: { name: 'flux-sample' },
    size: 4,
    tasks: 4,
    volumes: { data: { storageClass: 'hostpath', path: '/tmp/data' } },
    containers: [
      {
        image: 'ghcr.io/rse-ops/singularity:tag-mamba',
        command: BATCH,
        commands: { post: 'sleep infinity', brokerPre: PULL_ONCE },
        workingDir: '/data',
        cores: 1,
        volumes: { data: { path: '/tmp/fluxout' } },
        batch: true,
        batchRaw: true,
        fluxUser: { name: 'fluxuser' },
        securityContext: { privileged: true },
      },
    ],
  });
  return chart;
}
