// Several applications in each pod, for an operator built from its branch multiple-applications-per-pod: a queue, three
// applications, each with a broker of its own over all pods, and Fluxion beside them. No release runs this;
// MultiApplicationCluster gives the same anywhere.
import { App, Chart } from 'cdk8s';
import { OperatorVersion } from 'flux-framework-constructs';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

// A placeholder that no registry has. Put in the digest of each image that you mean to run.
const DIGEST = `sha256:${'0'.repeat(64)}`;

// Runs beside the lead broker of the queue. With the plugin an application takes the cores that it is told; in place of
// sleeping, start what asks Fluxion for them and submits.
const OPEN_APPLICATIONS = `for application in 1 2 3; do
  socket=local:///mnt/flux/view/run/flux/local-$application
  until flux proxy "$socket" flux jobtap list >/dev/null 2>&1; do sleep 1; done
  flux proxy "$socket" flux jobtap load alloc-bypass.so
done
exec sleep infinity
`;

export function oversubscribe(app: App): Chart {
  const chart = new Chart(app, 'oversubscribe', { namespace: 'flux' });
  new MiniCluster(chart, 'pancake', {
    metadata: { name: 'flux-sample' },
    operatorVersion: OperatorVersion.MULTIPLE_APPLICATIONS,
    size: 4,
    oversubscribe: true,
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-focal' } },
    services: [{ name: 'fluxion', image: `ghcr.io/converged-computing/fluxion@${DIGEST}` }],
    containers: [
      // The first: the only one whose command the operator runs.
      { name: 'queue', image: 'rockylinux:9', runFlux: true, launcher: true, command: OPEN_APPLICATIONS },
      {
        name: 'lammps',
        image: 'ghcr.io/rse-ops/lammps-matrix:mpich-ubuntu-20.04-amd64',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        runFlux: true,
      },
      { name: 'ior', image: `ghcr.io/converged-computing/metric-ior@${DIGEST}`, runFlux: true },
      { name: 'chatterbug', image: `ghcr.io/converged-computing/metric-chatterbug@${DIGEST}`, runFlux: true },
    ],
    silence: [
      { code: 'MC190', reason: 'there is no brokerPre, and all pods start together' },
      { code: 'MC191', reason: 'Fluxion decides what runs on which cores' },
      { code: 'MC192', reason: 'the script names the sockets' },
      { code: 'MC193', reason: 'the cluster stays until it is deleted' },
    ],
  });
  return chart;
}
