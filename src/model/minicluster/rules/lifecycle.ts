/** Traps T65 and T69: the certificate, and the end of a MiniCluster. */
import { Severity } from '../../problems';
import { Cluster } from '../cluster';
import { CERTIFICATE_COPY, CERTIFICATE_MOUNT, CERTIFICATE_VOLUME } from '../certificate-files';
import { USE_MULTI_APPLICATION_CLUSTER } from './common/operator-validation';
import { CLEANUP } from './common/pods';
import { EVERY_RELEASE } from './releases';
import { Rule } from './rule';

/** Where the operator puts the certificate that it makes; on 0.2.x below view instead of config. */
const OPERATOR_CERTIFICATE = /\/mnt\/flux\/(config|view)\/(etc\/)?curve\/curve\.cert/;

/** With several brokers in each pod there is no configuration that could name it. */
const NO_CERTIFICATE = `silence this where nobody else may read the namespace, or ${USE_MULTI_APPLICATION_CLUSTER}`;

export const LIFECYCLE_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC065',
    traps: ['T65'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is not set, so the secret key of the cluster is in a ConfigMap and in the logs',
    consequence:
      'Whoever may read ConfigMaps or pod logs of the namespace can join the overlay network as a broker.',
    remedy: 'set certificate: { secretName } to a Secret with the key curve.cert',
    check: ({ spec, applications }, report) => {
      if (spec.flux?.curveCert) {
        report(
          'flux.curveCert',
          '(hidden)',
          'is a secret key in a plain manifest, in a ConfigMap and in the logs',
        );
      } else if (!spec.flux?.brokerConfig || OPERATOR_CERTIFICATE.test(spec.flux.brokerConfig)) {
        report('certificate', undefined, undefined, applications.length > 0 ? NO_CERTIFICATE : undefined);
      }
    },
  },
  {
    code: 'MC165',
    traps: ['T65'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: `must say curve_cert = "${CERTIFICATE_COPY}", where the certificate of the Secret is copied`,
    consequence: 'The Secret is mounted and copied, and the brokers use another certificate or none.',
    remedy: 'write that line into [bootstrap], or leave flux.brokerConfig out',
    check: ({ spec, runner }, report) => {
      const isMounted = runner?.container.volumes?.[CERTIFICATE_VOLUME]?.path === CERTIFICATE_MOUNT;
      const config = spec.flux?.brokerConfig;
      if (isMounted && config && !config.includes(CERTIFICATE_COPY)) report('flux.brokerConfig', config);
    },
  },
  { code: 'MC069', releases: EVERY_RELEASE, ...CLEANUP },
];
