/** Containers of the pods. */
import { Severity } from '../../problems';
import { RunMode } from '../../minicluster/cluster';
import { allContainers } from '../../minicluster/located-containers';
import { Rule } from '../../minicluster/rules/rule';
import { JobCluster, headlessNameOf, isNative } from '../job-cluster';
import { NATIVE_SIDECARS, needs } from '../kubernetes-version';
import { servicesName } from '../services';
import { jobRule } from './option-rules';

/** Variables that the scripts of the pods read. */
const RESERVED = /^(MINICLUSTER_.*|FLUX_OUTPUT_DIR)$/;

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
    check: ({ restartPolicies, target, containers, runner }, report) => {
      if (target.has(NATIVE_SIDECARS)) return;
      for (const [index, policy] of restartPolicies) {
        if (policy === 'Always' && containers[index] !== runner)
          report(`containers[${index}].restartPolicy`, policy);
      }
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
