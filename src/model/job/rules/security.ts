/** Users and rights of the pods and their containers, as Kubernetes takes them. */
import {
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../../minicluster/api/kubernetes';
import { allContainers } from '../../minicluster/located-containers';
import { goesUp } from '../../minicluster/rules/common/paths';
import { Report, Rule } from '../../minicluster/rules/rule';
import { JobCluster } from '../job-cluster';
import { jobRule } from './option-rules';

const HIGHEST_ID = 2 ** 31 - 1;

const CHANGE_POLICIES = ['Always', 'OnRootMismatch'];
const PROFILES = ['RuntimeDefault', 'Localhost', 'Unconfined'];

/** Kubernetes' SysctlContainSlashFmt, of names with dots or slashes between their parts. */
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
/** Kernel parameters of an IPC namespace. */
const OF_IPC = /^(kernel[./](sem$|shm|msg)|fs[./]mqueue[./])/;
const LONGEST_SYSCTL = 253;

export const SECURITY_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ042',
      'excludes another right that is given',
      'Kubernetes refuses the Job.',
      'keep one of the two',
    ),
    check: (cluster, report) => {
      const { spec } = cluster;
      if (spec.shareProcessNamespace && spec.pod?.hostPID)
        report('shareProcessNamespace', true, 'and pod.hostPID exclude one another');
      if (spec.pod?.hostIPC) reportOfHostIpc(spec.pod.securityContext?.sysctls ?? [], report);
      eachContext(cluster, ({ allowPrivilegeEscalation, privileged, capabilities }, path) => {
        if (allowPrivilegeEscalation !== false) return;
        if (privileged)
          report(`${path}.privileged`, true, 'and allowPrivilegeEscalation: false exclude one another');
        if (capabilities?.add?.includes('CAP_SYS_ADMIN'))
          report(
            `${path}.capabilities.add`,
            'CAP_SYS_ADMIN',
            'and allowPrivilegeEscalation: false exclude one another',
          );
      });
    },
  },
  {
    ...jobRule(
      'MJ043',
      'is nothing that Kubernetes takes in a security context',
      'Kubernetes refuses the Job.',
      'write what the message names, or leave it out',
    ),
    check: (cluster, report) => {
      const pod = cluster.spec.pod?.securityContext;
      if (pod) reportPod(pod, report);
      eachContext(cluster, (context, path) => {
        reportIds(path, context, report);
        reportProfile(path, context.seccompProfile, report);
        if (context.procMount !== undefined && context.procMount !== 'Default')
          report(
            `${path}.procMount`,
            context.procMount,
            'needs pods with users of their own, which no field asks for',
          );
        if (context.windowsOptions?.hostProcess)
          report(`${path}.windowsOptions.hostProcess`, true, 'is for Windows, which Flux does not run on');
      });
    },
  },
];

function eachContext(cluster: JobCluster, look: (context: SecurityContext, path: string) => void): void {
  const view = cluster.spec.flux?.container?.securityContext;
  if (view) look(view, 'flux.container.securityContext');
  for (const { container, path } of allContainers(cluster)) {
    if (container.securityContext) look(container.securityContext, `${path}.securityContext`);
  }
}

/** Parameters of the namespace that the pods share with the node. */
function reportOfHostIpc(sysctls: readonly Sysctl[], report: Report): void {
  sysctls.forEach(({ name }, index) => {
    if (OF_IPC.test(name))
      report(`pod.securityContext.sysctls[${index}].name`, name, 'and pod.hostIPC exclude one another');
  });
}

function reportPod(context: PodSecurityContext, report: Report): void {
  const path = 'pod.securityContext';
  const { fsGroup, supplementalGroups = [], fsGroupChangePolicy, sysctls = [], windowsOptions } = context;
  reportIds(path, context, report);
  reportId(`${path}.fsGroup`, fsGroup, report);
  supplementalGroups.forEach((group, index) =>
    reportId(`${path}.supplementalGroups[${index}]`, group, report),
  );
  if (fsGroupChangePolicy !== undefined && !CHANGE_POLICIES.includes(fsGroupChangePolicy))
    report(`${path}.fsGroupChangePolicy`, fsGroupChangePolicy, `must be ${CHANGE_POLICIES.join(' or ')}`);
  reportProfile(path, context.seccompProfile, report);
  sysctls.forEach(({ name }, index) => {
    if (!SYSCTL.test(name) || name.length > LONGEST_SYSCTL)
      report(`${path}.sysctls[${index}].name`, name, 'is no name of a kernel parameter');
    else if (sysctls.findIndex((other) => other.name === name) < index)
      report(`${path}.sysctls[${index}].name`, name, 'stands twice');
  });
  if (windowsOptions?.hostProcess)
    report(`${path}.windowsOptions.hostProcess`, true, 'is for Windows, which Flux does not run on');
}

function reportIds(
  path: string,
  { runAsUser, runAsGroup }: { readonly runAsUser?: number; readonly runAsGroup?: number },
  report: Report,
): void {
  reportId(`${path}.runAsUser`, runAsUser, report);
  reportId(`${path}.runAsGroup`, runAsGroup, report);
}

function reportId(path: string, id: number | undefined, report: Report): void {
  if (id !== undefined && (id < 0 || id > HIGHEST_ID)) report(path, id, `must be from 0 to ${HIGHEST_ID}`);
}

function reportProfile(path: string, profile: SeccompProfile | undefined, report: Report): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  if (!PROFILES.includes(type)) report(`${path}.seccompProfile.type`, type, `must be ${PROFILES.join(', ')}`);
  else if (type !== 'Localhost' && localhostProfile !== undefined)
    report(
      `${path}.seccompProfile.localhostProfile`,
      localhostProfile,
      "goes with the type 'Localhost' only",
    );
  else if (type === 'Localhost' && !isBelowFolder(localhostProfile ?? ''))
    report(
      `${path}.seccompProfile.localhostProfile`,
      localhostProfile,
      'must be a path below the folder of such profiles on the node',
    );
}

function isBelowFolder(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !goesUp(path);
}
