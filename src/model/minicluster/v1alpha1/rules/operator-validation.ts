/**
 * What the v1alpha1 operator checks itself (Validate in api/v1alpha1/minicluster_types.go): it tells its own
 * log at most, and the MiniCluster then never does anything (trap T71). So the library repeats every check.
 */
import { Severity } from '../../../problems';
import {
  CONTAINER_WITHOUT_NAME,
  HOSTLIST_AND_CLUSTERS,
  LAUNCHER_AND_BATCH,
  MAX_SIZE_BELOW_SIZE,
  NOT_ONE_RUNNER,
  SILENT,
  podCounts,
} from '../../rules/common/operator-validation';
import { Rule } from '../../rules/rule';
import { allContainers } from '../../located-containers';
import { hasHooks, V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

/** Longest password that the operator takes, in bytes. */
const LONGEST_PASSWORD = 8;

export const OPERATOR_VALIDATION_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  { code: 'MC201', releases: V1ALPHA1, ...podCounts('size') },
  { code: 'MC202', releases: V1ALPHA1, ...MAX_SIZE_BELOW_SIZE },
  { code: 'MC203', releases: V1ALPHA1, ...NOT_ONE_RUNNER },
  { code: 'MC204', releases: V1ALPHA1, ...CONTAINER_WITHOUT_NAME },
  { code: 'MC205', releases: V1ALPHA1, ...LAUNCHER_AND_BATCH },
  {
    code: 'MC206',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: `must have at most ${LONGEST_PASSWORD} bytes`,
    consequence: SILENT,
    remedy: 'shorten it, or leave it out for a random one',
    check: ({ spec }, report) => {
      spec.users?.forEach(({ password }, index) => {
        if (password && Buffer.byteLength(password) > LONGEST_PASSWORD) {
          report(
            `users[${index}].password`,
            undefined,
            `must have at most ${LONGEST_PASSWORD} bytes and has ${Buffer.byteLength(password)}`,
          );
        }
      });
    },
  },
  {
    code: 'MC207',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is not defined in the volumes of the MiniCluster',
    consequence: SILENT,
    remedy: 'define it under volumes, or write an existing claim, ConfigMap or Secret under existingVolumes',
    check: ({ spec, containers }, report) => {
      for (const { container, path } of containers) {
        for (const key of Object.keys(container.volumes ?? {})) {
          if (!(key in (spec.volumes ?? {}))) report(`${path}.volumes.${key}`, key);
        }
      }
    },
  },
  {
    code: 'MC208',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is missing, and every storage class but hostpath needs it',
    consequence: SILENT,
    remedy: 'name the Secret of the CSI driver, or leave storageClass out for a directory of the node',
    check: ({ spec }, report) => {
      for (const [key, { storageClass, secret }] of Object.entries(spec.volumes ?? {})) {
        if ((storageClass ?? 'hostpath') !== 'hostpath' && !secret)
          report(`volumes.${key}.secret`, undefined);
      }
    },
  },
  {
    code: 'MC209',
    traps: ['T30', 'T71'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'must come with the other one of path and claimName',
    consequence: SILENT,
    remedy: 'write both, or configMapName or secretName with a path',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        for (const [key, volume] of Object.entries(container.existingVolumes ?? {})) {
          const at = `${path}.existingVolumes.${key}`;
          if (volume.secretName || volume.configMapName) continue;
          if (volume.path && !volume.claimName)
            report(`${at}.claimName`, undefined, 'is missing beside path');
          if (volume.claimName && !volume.path)
            report(`${at}.path`, undefined, 'is missing beside claimName');
        }
      }
    },
  },
  {
    code: 'MC210',
    traps: ['T52', 'T71'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is refused in services',
    consequence: SILENT,
    remedy: 'bake it into the image, or make the service a container beside Flux',
    check: ({ services }, report) => {
      for (const { container, path } of services) {
        for (const hook of ['pre', 'brokerPre', 'workerPre'] as const) {
          const text = container.commands?.[hook];
          if (text) report(`${path}.commands.${hook}`, text);
        }
      }
    },
  },
  {
    code: 'MC211',
    traps: ['T71'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is missing in a container beside Flux that has hooks',
    consequence: SILENT,
    remedy: 'write the command that the hooks surround, or remove the hooks to run the image as it is',
    check: ({ sidecars }, report) => {
      for (const sidecar of sidecars) {
        if (hasHooks(sidecar) && !sidecar.container.command) report(`${sidecar.path}.command`, undefined);
      }
    },
  },
  { code: 'MC212', releases: V1ALPHA1, ...HOSTLIST_AND_CLUSTERS },
];
