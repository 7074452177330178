/**
 * What the operator checks itself (api/v1alpha2/minicluster_types.go, Validate): it tells its own log at most,
 * and the MiniCluster then never does anything (trap T71). So the library repeats every check.
 */
import { Severity } from '../../problems';
import { Cluster } from '../cluster';
import {
  CONTAINER_WITHOUT_NAME,
  HOSTLIST_AND_CLUSTERS,
  LAUNCHER_AND_BATCH,
  MAX_SIZE_BELOW_SIZE,
  NOT_ONE_RUNNER,
  SILENT,
  podCounts,
} from './common/operator-validation';
import { EVERY_ENGINE, MAIN_AND_JOB, ONE_BROKER_IN_EACH_POD, SINCE_0_2_1_AND_JOB } from './releases';
import { Rule } from './rule';

export const OPERATOR_VALIDATION_RULES: readonly Rule<Cluster>[] = [
  { code: 'MC110', releases: EVERY_ENGINE, ...podCounts('size', 'maxSize', 'minSize') },
  { code: 'MC111', releases: EVERY_ENGINE, ...MAX_SIZE_BELOW_SIZE },
  {
    code: 'MC112',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
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
    releases: MAIN_AND_JOB,
    title: 'must not be negative',
    consequence: SILENT,
    remedy: 'write the number of retries',
    check: ({ spec }, report) => {
      if (spec.backoffLimit !== undefined && spec.backoffLimit < 0) report('backoffLimit', spec.backoffLimit);
    },
  },
  { code: 'MC114', releases: ONE_BROKER_IN_EACH_POD, ...NOT_ONE_RUNNER },
  { code: 'MC115', releases: EVERY_ENGINE, ...CONTAINER_WITHOUT_NAME },
  { code: 'MC116', releases: EVERY_ENGINE, ...LAUNCHER_AND_BATCH },
  {
    code: 'MC117',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1_AND_JOB,
    title: 'and command exclude one another',
    consequence: SILENT,
    remedy: 'keep one of the two',
    check: ({ runner }, report) => {
      const script = runner?.container.commands?.script;
      if (script && runner.container.command) report(`${runner.path}.commands.script`, script);
    },
  },
  { code: 'MC118', releases: EVERY_ENGINE, ...HOSTLIST_AND_CLUSTERS },
];
