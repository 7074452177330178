// What runs in Kubernetes. Each chart becomes one resource of the stack, made and deleted as a whole: a volume that
// outlives its clusters has a chart of its own.
import { type App, Chart } from 'cdk8s';
import { FluxOperator, MiniCluster, SharedVolume } from 'flux-framework-constructs/cdk8s';

// A placeholder that no registry has. Put in the digest of the image that you mean to run;
// docs/flux-operator.md says how to get it.
const DIGEST = 'sha256:0000000000000000000000000000000000000000000000000000000000000000';

/** The Flux Operator. */
export function operatorChart(app: App): Chart {
  const chart = new Chart(app, 'flux-operator');
  new FluxOperator(chart, 'operator', {
    images: { amd64: `ghcr.io/flux-framework/flux-operator@${DIGEST}` },
  });
  return chart;
}

/** A volume on a file system of EFS. */
export class ResultsChart extends Chart {
  public readonly volume: SharedVolume;

  public constructor(app: App, namespace: string, fileSystemId: string) {
    super(app, 'results', { namespace });
    this.volume = new SharedVolume(this, 'volume', {
      metadata: { name: 'results' },
      csi: { driver: 'efs.csi.aws.com', volumeHandle: fileSystemId },
    });
  }
}

/** A run of LAMMPS, under a name that changes when the run does: docs/elsewhere.md. */
export function lammpsChart(app: App, namespace: string, name: string, results: SharedVolume): Chart {
  const chart = new Chart(app, name, { namespace });
  new MiniCluster(chart, 'cluster', {
    metadata: { name },
    size: 4,
    tasks: 16,
    reportFailure: true,
    certificate: { secretName: 'lammps-certificate' },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        command: 'lmp -v x 8 -v y 8 -v z 8 -in in.reaxff.hns -nocite -log /results/lammps.log',
        resources: { requests: { cpu: '4' }, limits: { cpu: '4' } },
        volumes: { results: results.mount('/results') },
      },
    ],
  });
  return chart;
}
