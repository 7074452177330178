/** Containers and volumes of the pods. */
import { isLabel } from '../../kubernetes-names';
import { Severity } from '../../problems';
import { RunMode } from '../../minicluster/cluster';
import { allContainers } from '../../minicluster/located-containers';
import { trimSlashes } from '../../minicluster/rules/common/paths';
import { Rule } from '../../minicluster/rules/rule';
import { ownMounts } from '../flux-source';
import { JobCluster, headlessNameOf, isNative } from '../job-cluster';
import { NATIVE_SIDECARS, needs } from '../kubernetes-version';
import { mountPathOf } from '../pod-volumes';
import { servicesName } from '../services';
import { jobRule } from './option-rules';

/** Variables that the scripts of the pods read. */
const RESERVED = /^(MINICLUSTER_.*|FLUX_OUTPUT_DIR)$/;

const MEDIA = /^([mM]emory|HugePages(-.+)?)$/;

export const POD_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ021',
      'is for sidecars, and Always is the only one that a container can have',
      'Kubernetes refuses the pod.',
      "write restartPolicy: 'Always' on a sidecar, or leave it out; that of the pods is pod.restartPolicy",
    ),
    check: ({ restartPolicies, containers, runner }, report) => {
      for (const [index, policy] of restartPolicies) {
        if (policy !== 'Always' || containers[index] === runner)
          report(`containers[${index}].restartPolicy`, policy);
      }
    },
  },
  {
    ...jobRule(
      'MJ022',
      `needs ${needs(NATIVE_SIDECARS)}`,
      'An older Kubernetes drops the field: the sidecar runs as an init container, and Flux never starts.',
      "write kubernetes: '1.29', or featureGates: ['SidecarContainers'] where the gate is on, or leave restartPolicy out",
    ),
    check: ({ restartPolicies, target }, report) => {
      if (target.has(NATIVE_SIDECARS)) return;
      for (const [index, policy] of restartPolicies) report(`containers[${index}].restartPolicy`, policy);
    },
  },
  {
    ...jobRule(
      'MJ023',
      'is a sidecar that keeps its pod running until it ends by itself',
      'The Job is not complete before: not after the command has ended, and not after it has failed.',
      "write restartPolicy: 'Always' (Kubernetes 1.29), let it end by itself, or move it to services",
      Severity.WARNING,
    ),
    check: (cluster, report) => {
      if (cluster.mode === RunMode.INTERACTIVE) return;
      for (const sidecar of cluster.sidecars) {
        if (!isNative(cluster, sidecar)) report(sidecar.path, sidecar.container.name);
      }
    },
  },
  {
    ...jobRule(
      'MJ024',
      'is missing',
      'There is no operator here that would fill in its example image, and Kubernetes refuses a container without one.',
      'name the image, best with its digest (NAME@sha256:…)',
    ),
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        if (!container.image?.trim()) report(`${path}.image`, container.image);
      }
    },
  },
  {
    ...jobRule(
      'MJ025',
      'is mounted where something else is',
      'Kubernetes refuses a container with two mounts at one path, and a volume over the files of Flux hides them.',
      'mount it at another path',
    ),
    check: (cluster, report) => {
      const own = new Set(ownMounts(cluster).map(({ mountPath }) => mountPath));
      for (const { path: where, volumes } of allContainers(cluster)) {
        const taken = new Map<string, string>();
        for (const { volume, path } of volumes) {
          const mountPath = trimSlashes(mountPathOf(volume));
          const neighbour = taken.get(mountPath);
          if (neighbour) report(path, mountPath, `is mounted at the same path as ${neighbour}`);
          else if (own.has(mountPath) && !where.startsWith('services'))
            report(path, mountPath, 'is mounted where the library mounts its own volume');
          taken.set(mountPath, neighbour ?? path);
        }
      }
    },
  },
  {
    ...jobRule(
      'MJ026',
      'is no name that a volume can have here',
      'Kubernetes refuses volumes whose name is no DNS label, or stands twice in the pod.',
      'use lower-case letters, digits and -, and none of the names of the library',
    ),
    check: (cluster, report) => {
      const own = new Set(ownMounts(cluster).map(({ name }) => name));
      for (const { key, path } of cluster.volumes) {
        if (!isLabel(key)) report(path, key, 'is keyed by a text that is no DNS label');
        else if (own.has(key) && !path.startsWith('services'))
          report(path, key, 'has the name of a volume of the library');
      }
    },
  },
  {
    ...jobRule(
      'MJ027',
      'is no medium of an empty directory',
      'Kubernetes refuses the pods.',
      'write Memory, HugePages or HugePages-SIZE, or leave it out for the disk of the node',
    ),
    check: ({ volumes }, report) => {
      for (const { volume, path } of volumes) {
        if (volume.emptyDirMedium && !MEDIA.test(volume.emptyDirMedium))
          report(`${path}.emptyDirMedium`, volume.emptyDirMedium);
      }
    },
  },
  {
    ...jobRule(
      'MJ028',
      'is a variable that stands elsewhere too',
      'Of two variables with one name the last counts, and those of the scripts decide how the pods start.',
      'keep one of the two, under another name',
    ),
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const { environment = {}, secrets = {} } = container;
        for (const name of Object.keys(environment)) {
          if (Object.hasOwn(secrets, name))
            report(
              `${path}.environment.${name}`,
              undefined,
              'stands under secrets too',
              'keep one of the two',
            );
        }
        for (const name of [...Object.keys(environment), ...Object.keys(secrets)]) {
          if (RESERVED.test(name) && !path.startsWith('services'))
            report(`${path}.environment.${name}`, undefined, 'is a variable of the scripts of the library');
        }
      }
    },
  },
  {
    ...jobRule(
      'MJ029',
      'is never run in a sidecar',
      'A sidecar runs init, servicePre, its command and post.',
      'write it as the command of the sidecar, which a shell reads as it is',
    ),
    check: ({ sidecars }, report) => {
      for (const { container, path } of sidecars) {
        if (container.commands?.script) report(`${path}.commands.script`, container.commands.script);
      }
    },
  },
  {
    ...jobRule(
      'MJ030',
      'is a port that another container of the pod has',
      'All containers of a pod share its addresses: the second one fails to listen.',
      'give each container ports of its own, and the brokers another one by port',
    ),
    check: ({ containers, services, port }, report) => {
      for (const [pod, first] of [
        [containers, [port]],
        [services, []],
      ] as const) {
        const taken = new Set<number>(first);
        for (const { container, path } of pod) {
          for (const one of container.ports ?? []) {
            if (taken.has(one)) report(`${path}.ports`, one);
            taken.add(one);
          }
        }
      }
    },
  },
  {
    ...jobRule(
      'MJ031',
      'becomes the name of a Service that the cluster has already',
      'The second Service replaces the first when it is applied.',
      'give the sidecar, or network.headlessName, another name',
    ),
    check: ({ metadata, spec, sidecars, services }, report) => {
      if (services.length === 0) return;
      const taken = servicesName(metadata.name);
      if (headlessNameOf(metadata, spec) === taken) report('network.headlessName', taken);
      for (const { container, path } of sidecars) {
        if (container.name === taken && (container.ports ?? []).length > 0) report(`${path}.name`, taken);
      }
    },
  },
];
