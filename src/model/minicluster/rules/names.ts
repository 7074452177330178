/** Names of a MiniCluster and its Services, for engines that call different things after the cluster. */
import { isLabel, isServiceName } from '../../kubernetes-names';
import { Cluster, headlessName } from '../cluster';
import { reportLongName } from './common/names';
import { Rule } from './rule';

/**
 * The check of a rule about these names.
 * @param suffixOf the longest suffix by which something is called after the cluster that needs a DNS label
 */
export function namesWith<Kind extends Cluster>(suffixOf: (cluster: Kind) => string): Rule<Kind>['check'] {
  return (cluster, report) => {
    const { metadata, spec, maxSize, sidecars } = cluster;
    const { name } = metadata;
    if (!reportLongName(name, suffixOf(cluster), maxSize, report) && !isServiceName(name)) {
      const better = name
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-')
        .replace(/^[^a-z]+|-+$/g, '');
      report(
        'metadata.name',
        name,
        'is no DNS label that starts with a letter',
        better ? `call it '${better}'` : undefined,
      );
    }
    if (metadata.namespace !== undefined && !isLabel(metadata.namespace))
      report(
        'metadata.namespace',
        metadata.namespace,
        'is no name of a namespace',
        'use lower-case letters, digits and -',
      );
    const headless = spec.network?.headlessName;
    if (headless && !isServiceName(headless))
      report('network.headlessName', headless, 'is no name of a Service');
    for (const { container, path } of sidecars) {
      if (container.ports?.length && container.name && !isServiceName(container.name)) {
        report(`${path}.name`, container.name, 'becomes the name of a Service, and is none');
      }
      if (container.ports?.length && container.name === headlessName(cluster)) {
        report(`${path}.name`, container.name, 'becomes the name of a Service that the cluster itself has');
      }
    }
  };
}
