/** Flux options that travel through a heredoc or an echo: configuration, environment, bursting. */
import { BrokerHost, brokerConfig } from '../../flux/broker-config';
import { hostRange } from '../../flux/host-list';
import {
  insideDoubleQuotes,
  insideHeredoc,
  isPlainInHeredoc,
  isPlainWord,
  shellQuote,
} from '../../flux/quoting';
import { Bursting } from '../api/flux-options';
import { CERTIFICATE_COPY, CERTIFICATE_MOUNT, CERTIFICATE_VOLUME } from '../certificate-files';
import { headlessName } from '../cluster';
import { OperatorVersion } from '../operator-version';
import { Writable } from '../writable';
import { Draft, Route, addPrelude, addVolume } from './route';

/** Where the operator keeps its configuration in the pods. */
function configRoot(release: OperatorVersion): string {
  return release === OperatorVersion.MAIN ? '/mnt/flux/config' : '/mnt/flux/view';
}

/** The hosts in the order of the ranks, as the operator lists them (pkg/flux/config.go). */
function hostsOf({ spec, metadata }: Draft): BrokerHost[] {
  const { hostlist, leadBroker, clusters = [] } = spec.flux?.bursting ?? {};
  const bursted = clusters.map(({ name = '', size = 0 }) => hostRange(name, 0, size));
  if (!leadBroker) {
    const own = hostRange(metadata.name, 0, spec.maxSize ?? spec.size ?? 1);
    return [{ host: hostlist ?? [own, ...bursted].join(',') }];
  }
  const { address, name, size, port = 8050 } = leadBroker;
  const lead = { host: address, bind: `tcp://eth0:${port}`, connect: `tcp://${address}:${port}` };
  const followers = size > 1 ? [hostRange(name, 1, size - 1)] : [];
  const others = hostlist === undefined ? [...followers, ...bursted] : withoutFirst(hostlist, address);
  return others.length > 0 ? [lead, { host: others.join(',') }] : [lead];
}

/** A host list without the lead broker at its head, which has an entry of its own. */
function withoutFirst(hostlist: string, first: string): string[] {
  if (hostlist === first) return [];
  return [hostlist.startsWith(`${first},`) ? hostlist.slice(first.length + 1) : hostlist];
}

/**
 * Writes the configuration that the operator would have written, with what it gets wrong or can't say.
 * The Service's name alone is a domain: the resolver of the pods completes it, whatever the namespace
 * and the domain of the cluster are called.
 */
function writeBrokerConfig(draft: Draft, curveCert: string): void {
  const { spec, release } = draft;
  const text = brokerConfig({
    curveCert,
    hosts: hostsOf(draft),
    domain: headlessName(draft),
    resources: `${configRoot(release)}/etc/flux/system/R`,
    queuePolicy: spec.flux?.scheduler?.queuePolicy,
  });
  spec.flux = { ...spec.flux, brokerConfig: text };
}

/** Fills in what the operator means by default and loses (trap T63). */
function completeBurstedClusters({ spec }: Draft): void {
  const bursting: Writable<Bursting> | undefined = spec.flux?.bursting;
  bursting?.clusters?.forEach((cluster, index) => {
    cluster.name ??= `burst-${index}`;
    cluster.size ??= spec.size ?? 1;
  });
}

/** Mounts the Secret, copies it where only the broker's user may read it, and configures the broker. */
function useCertificate(draft: Draft): void {
  const { certificate } = draft.options;
  const container = draft.runner === undefined ? undefined : draft.spec.containers[draft.runner];
  if (!certificate || !container || draft.runner === undefined) return;
  const { secretName, key } = certificate;
  const volume = { secretName, path: CERTIFICATE_MOUNT, readOnly: true };
  addVolume(draft, draft.runner, CERTIFICATE_VOLUME, volume);
  const script = draft.scripts.addAsset(draft.runner, 'copy-certificate.sh');
  addPrelude(draft, draft.runner, `/bin/bash ${script} ${CERTIFICATE_MOUNT}/${key} || exit 1`);
  if (!draft.spec.flux?.brokerConfig) writeBrokerConfig(draft, CERTIFICATE_COPY);
}

export const FLUX_OPTION_ROUTES: readonly Route[] = [
  { codes: ['MC063'], apply: completeBurstedClusters },
  { codes: [], apply: useCertificate },
  {
    codes: ['MC062'],
    apply: (draft) => {
      const { bursting, brokerConfig: given } = draft.spec.flux ?? {};
      if (bursting?.leadBroker && !given)
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
