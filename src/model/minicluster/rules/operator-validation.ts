/**
 * What the operator checks itself (api/v1alpha2/minicluster_types.go, Validate): it tells its own log at most,
 * and the MiniCluster then never does anything (trap T71). So the library repeats every check.
 */
import { Severity } from '../../problems';
import { Cluster } from '../cluster';
import { EVERY_RELEASE, MAIN_ONLY, SINCE_0_2_1 } from './releases';
import { Rule } from './rule';
import { isLabel } from './shared';

const SILENT =
  'The operator writes a line into its own log at most; no event, no condition, and nothing ever starts.';

export const OPERATOR_VALIDATION_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC110',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'must be a whole number of at least 1',
    consequence: SILENT,
    remedy: 'write the number of pods',
    check: ({ spec }, report) => {
      if (spec.size !== undefined && spec.size < 1) report('size', spec.size);
      if (spec.maxSize !== undefined && spec.maxSize < 1) report('maxSize', spec.maxSize);
      if (spec.minSize !== undefined && spec.minSize < 1) report('minSize', spec.minSize);
    },
  },
  {
    code: 'MC111',
    traps: ['T70', 'T71'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'must be at least size',
    consequence: `${SILENT} The same happens later when an autoscaler sets size above maxSize.`,
    remedy: 'raise maxSize or lower size; bound autoscalers by maxSize',
    check: ({ spec, size }, report) => {
      if (spec.maxSize !== undefined && spec.maxSize < size)
        report('maxSize', spec.maxSize, `must be at least size, ${size}`);
    },
  },
  {
    code: 'MC112',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'must be at most size and maxSize',
    consequence: SILENT,
    remedy: 'lower minSize: it is the number of brokers that must be up before jobs start',
    check: ({ spec, size }, report) => {
      if (spec.minSize !== undefined && spec.minSize > size)
        report('minSize', spec.minSize, `must be at most size, ${size}`);
    },
  },
  {
    code: 'MC113',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'must not be negative',
    consequence: SILENT,
    remedy: 'write the number of retries, 1 or more',
    check: ({ spec }, report) => {
      if (spec.backoffLimit !== undefined && spec.backoffLimit < 0) report('backoffLimit', spec.backoffLimit);
    },
  },
  {
    code: 'MC114',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'must have exactly one container with runFlux: true',
    consequence: 'Nothing happens, and not even the log of the operator says why.',
    remedy: 'set runFlux: true on the one container that runs Flux',
    check: ({ spec, runner }, report) => {
      if (runner) return;
      const count = spec.containers.filter(({ runFlux }) => runFlux).length;
      report(
        'containers',
        undefined,
        `must have exactly one container with runFlux: true, ${count} of ${spec.containers.length} have it`,
      );
    },
  },
  {
    code: 'MC115',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is needed for every container that does not run Flux',
    consequence: SILENT,
    remedy: 'give it a name of lower-case letters, digits and -',
    check: ({ sidecars, services }, report) => {
      for (const { container, path } of [...sidecars, ...services]) {
        if (!container.name) report(`${path}.name`, container.name);
        else if (!isLabel(container.name))
          report(`${path}.name`, container.name, 'is no name of a container');
      }
    },
  },
  {
    code: 'MC116',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'and batch exclude one another',
    consequence: SILENT,
    remedy: 'keep launcher for a program that submits its own jobs, batch for a batch text',
    check: ({ spec }, report) => {
      spec.containers.forEach((container, index) => {
        if (container.launcher && container.batch) report(`containers[${index}].launcher`, true);
      });
    },
  },
  {
    code: 'MC117',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1,
    title: 'and command exclude one another',
    consequence: SILENT,
    remedy: 'keep one of the two',
    check: ({ runner }, report) => {
      const script = runner?.container.commands?.script;
      if (script && runner.container.command) report(`${runner.path}.commands.script`, script);
    },
  },
  {
    code: 'MC118',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'and clusters exclude one another',
    consequence: SILENT,
    remedy: 'write the whole host list, or the clusters from which it is made',
    check: ({ spec }, report) => {
      const bursting = spec.flux?.bursting;
      if (bursting?.hostlist && (bursting.clusters?.length ?? 0) > 0)
        report('flux.bursting.hostlist', bursting.hostlist);
    },
  },
];
