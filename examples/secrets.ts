// Every way in which a MiniCluster gets at secrets: to pull its image, as a variable, as files, as the brokers'
// certificate, as a munge key, and by its service account. The Secrets exist already; no value passes through here.
import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

// munge accepts only a key that nobody else may read, and the operator gives files of a Secret no mode. The
// operator's own field, flux.mungeSecret, has no effect.
const START_MUNGE = `install -o munge -g munge -m 0400 /secrets/munge/munge.key /etc/munge/munge.key || exit 1
service munge start || exit 1`;

export function secrets(app: App): Chart {
  const chart = new Chart(app, 'secrets', { namespace: 'flux' });
  // A role of AWS for the pods; the kubelet fetches its tokens, no key is stored anywhere.
  const account = new kplus.ServiceAccount(chart, 'account', {
    metadata: {
      name: 'lammps',
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/lammps' },
    },
  });
  const registry = kplus.Secret.fromSecretName(chart, 'registry', 'registry-login');
  const licence = kplus.Secret.fromSecretName(chart, 'licence', 'solver-licence');
  const certificate = kplus.Secret.fromSecretName(chart, 'certificate', 'lammps-certificate');
  new MiniCluster(chart, 'lammps', {
    metadata: { name: 'lammps-secrets' },
    size: 2,
    tasks: 2,
    reportFailure: true,
    certificate: { secret: certificate },
    pod: { serviceAccount: account, automountServiceAccountToken: false },
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-focal' } },
    containers: [
      {
        image: 'ghcr.io/rse-ops/lammps:flux-sched-focal-v0.24.0',
        pullSecret: registry,
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        command: 'lmp -v x 2 -v y 2 -v z 2 -in in.reaxc.hns -nocite -log none',
        // For START_MUNGE, whatever user the image has.
        securityContext: { runAsUser: 0 },
        commands: { init: START_MUNGE },
        environment: { SOLVER_LICENSE_FILE: '/secrets/licence/solver.lic' },
        secrets: { TRACKING_TOKEN: { name: 'experiment-tracking', key: 'token' } },
        volumes: {
          licence: { secret: licence, path: '/secrets/licence', readOnly: true },
          munge: { secretName: 'munge-key', path: '/secrets/munge', readOnly: true },
        },
      },
    ],
  });
  return chart;
}
