/** Trap T65: keys and passwords, and where they can be read. */
import { Severity } from '../../../problems';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

/** Where the entrypoint copies the operator's certificate to. */
const OPERATOR_CERTIFICATE = '/etc/curve/curve.cert';

export const SECRET_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC289',
    traps: ['T65'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is not set, so the secret key of the cluster is in a ConfigMap and in the logs',
    consequence:
      'Whoever may read ConfigMaps or pod logs of the namespace can join the overlay network as a broker.',
    remedy: 'set flux.curveCertSecret to a Secret with the key curve.cert, and logging.quiet: true',
    check: ({ spec, quiet }, report) => {
      const { curveCert, curveCertSecret, brokerConfig } = spec.flux ?? {};
      if (curveCert && !curveCertSecret) {
        report(
          'flux.curveCert',
          undefined,
          'is a secret key in a plain manifest, in a ConfigMap and in the logs',
        );
      }
      if (curveCert || (brokerConfig && !brokerConfig.includes(OPERATOR_CERTIFICATE))) return;
      if (!curveCertSecret) report('flux.curveCertSecret', undefined);
      else if (!quiet) {
        const message = 'is printed by each pod unless logging.quiet is set';
        report('flux.curveCertSecret', curveCertSecret, message, 'set logging.quiet: true');
      }
    },
  },
  {
    code: 'MC290',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is ignored beside curveCertSecret',
    consequence:
      'The brokers use the certificate of the Secret; the other one only lies in a plain manifest.',
    remedy: 'remove flux.curveCert',
    check: ({ spec }, report) => {
      if (spec.flux?.curveCert && spec.flux.curveCertSecret) report('flux.curveCert', undefined);
    },
  },
  {
    code: 'MC291',
    traps: ['T65'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is a secret in a plain manifest, in a ConfigMap and in the logs',
    consequence:
      'Whoever may read the MiniCluster, ConfigMaps or pod logs of the namespace can log in with it.',
    remedy:
      'leave it out for a random one, and keep the server inside the Kubernetes cluster: that one is logged too',
    check: ({ spec }, report) => {
      spec.users?.forEach(({ password }, index) => {
        if (password) report(`users[${index}].password`, undefined);
      });
      for (const field of ['token', 'secretKey'] as const) {
        if (spec.fluxRestful?.[field]) report(`fluxRestful.${field}`, undefined);
      }
    },
  },
  {
    code: 'MC292',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'must be a Secret whose key has the name of the Secret itself',
    consequence:
      'The operator mounts that one key as munge.key; without it the pods stay in ContainerCreating.',
    remedy:
      'make the Secret by kubectl create secret generic NAME --from-file=NAME=munge.key, then silence this',
    check: ({ spec }, report) => {
      if (spec.flux?.mungeSecret) report('flux.mungeSecret', spec.flux.mungeSecret);
    },
  },
];
