/** Where Flux comes from, how it is configured and how it is kept secret. */
import { Severity } from '../../problems';
import { DURATION, SHELL_VARIABLE, TOPOLOGY } from '../../minicluster/rules/common/flux-values';
import { Rule } from '../../minicluster/rules/rule';
import { certificateFile, hostListOf } from '../broker';
import { FluxFrom } from '../input';
import { JobCluster } from '../job-cluster';
import { IMAGE_VOLUMES, needs } from '../kubernetes-version';
import { jobRule } from './option-rules';

export const FLUX_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ011',
      'contradicts flux.container.disable, which says that the image holds Flux',
      'The library does not guess which of the two is meant.',
      'leave one of the two out',
    ),
    check: ({ fluxFrom, saysFluxFrom, spec }, report) => {
      if (saysFluxFrom && fluxFrom !== FluxFrom.IMAGE && spec.flux?.container?.disable)
        report('fluxFrom', fluxFrom);
    },
  },
  {
    ...jobRule(
      'MJ012',
      `needs ${needs(IMAGE_VOLUMES)}`,
      'An older Kubernetes refuses the pods, or drops the volume.',
      "write kubernetes: '1.35', or featureGates: ['ImageVolume'] where the gate is on, or fluxFrom: 'view-copy'",
    ),
    check: ({ fluxFrom, target }, report) => {
      if (fluxFrom === FluxFrom.VIEW_VOLUME && !target.has(IMAGE_VOLUMES)) report('fluxFrom', fluxFrom);
    },
  },
  {
    ...jobRule(
      'MJ013',
      'is missing, so that Flux comes from an image whose tag moves',
      'Another Flux runs after the next push upstream, on some nodes and not on others; brokers of different versions ' +
        'may refuse one another.',
      "name the view image with its digest (NAME@sha256:…), of the same system as the application's image",
      Severity.WARNING,
    ),
    check: ({ fluxFrom, spec }, report) => {
      if (fluxFrom !== FluxFrom.IMAGE && !spec.flux?.container?.image)
        report('flux.container.image', undefined);
    },
  },
  {
    ...jobRule(
      'MJ014',
      'is a secret key in a plain manifest',
      'Whoever may read the manifest, its repository or its diff can join the overlay network as a broker.',
      'put it into a Secret and give certificate: { secretName }, or leave it out: a key is made in the cluster',
    ),
    check: ({ spec }, report) => {
      if (spec.flux?.curveCert) report('flux.curveCert', '(hidden)');
    },
  },
  {
    ...jobRule(
      'MJ015',
      'must agree with what else is said',
      'The text is used as it is: brokers would start without their certificate, or what is said elsewhere has no effect.',
      'write that line into [bootstrap], or leave flux.brokerConfig out',
    ),
    check: (cluster, report) => {
      const { spec, options } = cluster;
      const config = spec.flux?.brokerConfig;
      if (!config) return;
      const file = certificateFile(cluster);
      if (!config.includes(file))
        report(
          'flux.brokerConfig',
          config,
          `must say curve_cert = "${file}", where the certificate is copied`,
        );
      const unused = {
        port: options.port,
        networkInterface: options.networkInterface,
        clusterDomain: options.clusterDomain,
        'flux.scheduler.queuePolicy': spec.flux.scheduler?.queuePolicy,
      };
      for (const [path, value] of Object.entries(unused)) {
        if (value !== undefined)
          report(
            path,
            value,
            'has no effect beside flux.brokerConfig',
            'write it there, or leave one of the two out',
          );
      }
    },
  },
  {
    ...jobRule(
      'MJ016',
      'is no value that flux-core, or a shell, takes',
      'The brokers end at once with an error about the option, or flux-view.sh breaks where it is sourced.',
      'write what the message names',
    ),
    check: ({ spec }, report) => {
      const { topology, connectTimeout, environment = {}, logLevel } = spec.flux ?? {};
      if (topology && !TOPOLOGY.test(topology))
        report(
          'flux.topology',
          topology,
          'is no topology of flux-core',
          'write kary:N, mincrit, binomial or custom',
        );
      if (connectTimeout && !DURATION.test(connectTimeout))
        report(
          'flux.connectTimeout',
          connectTimeout,
          'is no duration of Flux',
          'write a number with a unit: 5s',
        );
      if (logLevel !== undefined && (logLevel < 0 || logLevel > 7))
        report('flux.logLevel', logLevel, 'is no log level', 'write 0 (emergencies) to 7 (debug)');
      for (const name of Object.keys(environment)) {
        if (!SHELL_VARIABLE.test(name))
          report(
            'flux.environment',
            name,
            'has a name that a shell cannot export',
            'use letters, digits and _',
          );
      }
    },
  },
  {
    ...jobRule(
      'MJ017',
      'does not keep Flux from booking every core of the node',
      'Several pods may land on one node, and without a CPU limit the broker of each plans with all of its cores.',
      'set cores, or a CPU limit of the Flux container, or onePodPerNode: true',
      Severity.WARNING,
    ),
    check: (cluster, report) => {
      if (cluster.spec.network?.disableAffinity && cluster.broker.cores === undefined)
        report('network.disableAffinity', true);
    },
  },
  {
    ...jobRule(
      'MJ020',
      'and flux.bursting exclude one another',
      'Behind the Service for the lead broker alone no host of another cluster can be found.',
      'leave minimalService out',
    ),
    check: ({ spec }, report) => {
      if (spec.flux?.minimalService && spec.flux.bursting) report('flux.minimalService', true);
    },
  },
  {
    ...jobRule(
      'MJ032',
      'has no place in the host list',
      'The brokers of its pods find no rank for themselves, and end at once.',
      'name this cluster among flux.bursting.clusters, or in flux.bursting.hostlist',
    ),
    check: (cluster, report) => {
      const { name } = cluster.metadata;
      const isListed = hostListOf(cluster)
        .split(',')
        .some((host) => host.startsWith(`${name}-`) && /^[\d[]/.test(host.slice(name.length + 1)));
      if (cluster.spec.flux?.bursting && !isListed) report('flux.bursting', name);
    },
  },
];
