/** Flux options that travel through a heredoc or an echo: configuration, environment, bursting. */
import { brokerConfig } from '../../flux/broker-config';
import { BROKER_PORT } from '../../flux/ports';
import {
  insideDoubleQuotes,
  insideHeredoc,
  isPlainInHeredoc,
  isPlainWord,
  shellQuote,
} from '../../flux/quoting';
import { CERTIFICATE_COPY, CERTIFICATE_MOUNT, CERTIFICATE_VOLUME } from '../certificate-files';
import { hasSeveralBrokers, headlessName } from '../cluster';
import { completeBurstedClusters, hostsOf } from '../hosts';
import { INPUT_RULES } from '../input-rules';
import { OperatorVersion } from '../operator-version';
import { problemOf } from '../rules/rule';
import { Draft, Route, addPrelude, addVolume } from './route';

/** Where the operator keeps its configuration in the pods. */
function configRoot(release: OperatorVersion): string {
  return release === OperatorVersion.MAIN ? '/mnt/flux/config' : '/mnt/flux/view';
}

/**
 * Writes the configuration that the operator would have written, with what it gets wrong or can't say.
 * The Service's name alone is a domain: the resolver of the pods completes it, whatever the namespace
 * and the domain of the cluster are called.
 */
function writeBrokerConfig(draft: Draft, curveCert: string): void {
  const { spec, release, runner = 0 } = draft;
  // The branch counts what belongs to the broker of a container by its place.
  const isNumbered = release === OperatorVersion.MULTIPLE_APPLICATIONS;
  const text = brokerConfig({
    curveCert,
    hosts: hostsOf(draft.metadata, spec),
    domain: headlessName(draft),
    resources: `${configRoot(release)}/etc/flux/system/${isNumbered ? `R-${runner}` : 'R'}`,
    port: isNumbered ? BROKER_PORT + runner : undefined,
    queuePolicy: spec.flux?.scheduler?.queuePolicy,
  });
  spec.flux = { ...spec.flux, brokerConfig: text };
}

/** Mounts the Secret, copies it where only the broker's user may read it, and configures the broker. */
function useCertificate(draft: Draft): void {
  const { certificate } = draft.options;
  const container = draft.runner === undefined ? undefined : draft.spec.containers[draft.runner];
  if (!certificate || !container || draft.runner === undefined) return;
  if (hasSeveralBrokers(draft.spec)) {
    draft.problems.push(problemOf(INPUT_RULES.oneBroker, 'certificate', certificate.secretName));
    return;
  }
  const { secretName, key } = certificate;
  const volume = { secretName, path: CERTIFICATE_MOUNT, readOnly: true };
  addVolume(draft, draft.runner, CERTIFICATE_VOLUME, volume);
  const script = draft.scripts.addAsset(draft.runner, 'minicluster/copy-certificate.sh');
  addPrelude(draft, draft.runner, `/bin/bash ${script} ${CERTIFICATE_MOUNT}/${key} || exit 1`);
  if (!draft.spec.flux?.brokerConfig) writeBrokerConfig(draft, CERTIFICATE_COPY);
}

export const FLUX_OPTION_ROUTES: readonly Route[] = [
  { codes: ['MC063'], apply: ({ spec }) => completeBurstedClusters(spec) },
  { codes: [], apply: useCertificate },
  {
    codes: ['MC062'],
    apply: (draft) => {
      const { bursting, brokerConfig: given } = draft.spec.flux ?? {};
      if (bursting?.leadBroker && !given && !hasSeveralBrokers(draft.spec))
        writeBrokerConfig(draft, `${configRoot(draft.release)}/curve/curve.cert`);
    },
  },
  {
    codes: ['MC009'],
    apply: ({ spec, settled }) => {
      const config = spec.flux?.brokerConfig;
      if (!spec.flux || !config || !/[\\$`]/.test(config)) return;
      const escaped = insideHeredoc(config);
      // What is left after escaping is a line EOT, and no way around it.
      if (!isPlainInHeredoc(config.replace(/[\\$`]/g, ''), 'EOT')) return;
      spec.flux.brokerConfig = escaped;
      settled.add('MC009');
    },
  },
  {
    codes: ['MC010'],
    apply: ({ spec, settled }) => {
      const environment = spec.flux?.environment;
      if (!environment) return;
      for (const [name, value] of Object.entries(environment)) {
        if (value !== '' && !isPlainWord(value)) environment[name] = insideDoubleQuotes(shellQuote(value));
      }
      settled.add('MC010');
    },
  },
];
