/** Traps T36 to T46, T79 and T81: what reaches the pods of what the spec says about them. */
import { Severity } from '../../problems';
import { Cluster, allContainers } from '../cluster';
import { EVERY_RELEASE, MAIN_ONLY, SINCE_0_2_1 } from './releases';
import { Rule } from './rule';

/** Labels that the operator writes over (controllers/flux/pods.go, job.go). */
const OPERATOR_LABELS = ['app', 'namespace', 'app.kubernetes.io/name', 'hpa-selector'];

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** The names that a value refers to as `$(NAME)`; `$$(NAME)` is a literal. */
function references(value: string): string[] {
  return [...value.matchAll(/(\$*)\$\(([^)]+)\)/g)]
    .filter(([, dollars]) => (dollars?.length ?? 0) % 2 === 0)
    .map(([, , name]) => name ?? '');
}

export const POD_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC036',
    traps: ['T36'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'is dropped: of the pod security context only fsGroup reaches the pods',
    consequence:
      '`runAsNonRoot`, `seccompProfile` and the rest look set and are not, so the pods run with more rights than written.',
    remedy: 'write it into the securityContext of each container, and of flux.container',
    check: ({ spec }, report) => {
      for (const [key, value] of Object.entries(spec.pod?.securityContext ?? {})) {
        if (key !== 'fsGroup') report(`pod.securityContext.${key}`, value);
      }
    },
  },
  {
    code: 'MC037',
    traps: ['T37'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'becomes the pod overhead, not requests or limits',
    consequence:
      'Without a RuntimeClass of exactly that overhead Kubernetes rejects the pods: the Job exists and none is ever made.',
    remedy: 'write resources on the containers',
    check: ({ spec }, report) => {
      if (Object.keys(spec.pod?.resources ?? {}).length > 0) report('pod.resources', spec.pod?.resources);
    },
  },
  {
    code: 'MC038',
    traps: ['T38'],
    severity: Severity.WARNING,
    releases: SINCE_0_2_1,
    title: 'is not set, and the operator then writes false',
    consequence:
      'The pods have the service account but no token: calls to the API server and cloud roles by token fail.',
    remedy: 'write automountServiceAccountToken: true or false beside serviceAccountName',
    check: ({ spec }, report) => {
      if (spec.pod?.serviceAccountName && spec.pod.automountServiceAccountToken === undefined) {
        report('pod.automountServiceAccountToken', undefined);
      }
    },
  },
  {
    code: 'MC039',
    traps: ['T39'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1,
    title: 'must be OnFailure or Never, as in every Job',
    consequence:
      'The API server refuses the Job; the operator retries for ever without a word in the status.',
    remedy: 'write OnFailure or Never',
    check: ({ spec }, report) => {
      const policy = spec.pod?.restartPolicy;
      if (policy && policy !== 'OnFailure' && policy !== 'Never') report('pod.restartPolicy', policy);
    },
  },
  {
    code: 'MC040',
    traps: ['T40'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'is dropped together with the rest of the affinity when network.disableAffinity is set',
    consequence: 'The pods land on any node.',
    remedy: 'use pod.nodeSelector, or leave disableAffinity out',
    check: ({ spec }, report) => {
      if (spec.network?.disableAffinity && Object.keys(spec.pod?.nodeAffinity ?? {}).length > 0) {
        report('pod.nodeAffinity', spec.pod?.nodeAffinity);
      }
    },
  },
  {
    code: 'MC041',
    traps: ['T41'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is a label that the operator writes over',
    consequence:
      'The pods carry another value than the one written, and selectors that rely on it find nothing.',
    remedy: 'use another label',
    check: ({ spec, services }, report) => {
      const taken = services.length > 0 ? [...OPERATOR_LABELS, 'job-name'] : OPERATOR_LABELS;
      for (const [label, value] of Object.entries(spec.pod?.labels ?? {})) {
        if (taken.includes(label)) report(`pod.labels["${label}"]`, value);
      }
    },
  },
  {
    code: 'MC042',
    traps: ['T42'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'refers to a variable of the same container, and their order is random',
    consequence: 'The reference is replaced in some pods and stays literal in others, by chance.',
    remedy: 'write the value out, or put the reference into the command',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const environment = container.environment ?? {};
        const secrets = container.secrets ?? {};
        for (const [name, value] of Object.entries(environment)) {
          if (name in secrets)
            report(`${path}.environment.${name}`, value, 'stands under secrets too', 'keep one of the two');
          if (!value.includes('$(')) continue;
          const known = references(value).filter((other) => other in environment || other in secrets);
          if (known.length > 0) report(`${path}.environment.${name}`, value);
        }
      }
    },
  },
  {
    code: 'MC044',
    traps: ['T44'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'of 0 is turned into 100 retries',
    consequence: 'A job that must never run twice is started up to a hundred times.',
    remedy: 'write 1, the least that the operator can express',
    check: ({ spec }, report) => {
      if (spec.backoffLimit === 0) report('backoffLimit', 0);
    },
  },
  {
    code: 'MC045',
    traps: ['T45'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'must be at least 1',
    consequence: 'The Job fails at once with DeadlineExceeded, or is refused.',
    remedy: 'write the number of seconds that the cluster may live',
    check: ({ spec }, report) => {
      if (spec.deadlineSeconds !== undefined && spec.deadlineSeconds < 1)
        report('deadlineSeconds', spec.deadlineSeconds);
    },
  },
  {
    code: 'MC046',
    traps: ['T46'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'is no pull policy, or is beaten by pullAlways',
    consequence:
      'Kubernetes refuses the Job in silence, or pulls at every start although something else is written.',
    remedy: 'write Always, IfNotPresent or Never, and leave pullAlways out',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const policy = container.imagePullPolicy;
        if (!policy) continue;
        if (!PULL_POLICIES.includes(policy)) report(`${path}.imagePullPolicy`, policy, 'is no pull policy');
        else if (container.pullAlways && policy !== 'Always')
          report(`${path}.imagePullPolicy`, policy, 'is beaten by pullAlways');
      }
    },
  },
  {
    code: 'MC073',
    traps: ['T73'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'does not name one image: it has no tag, or the tag latest, or is missing',
    consequence:
      'Another image runs after the next push, on some nodes and not on others. Without image the operator runs its own sample.',
    remedy:
      'name a version, best with its digest (NAME@sha256:…); the view image (flux.container.image) deserves the same',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const { image } = container;
        if (!image || (!image.includes('@') && !/:(?!latest$)[^/:]+$/.test(image)))
          report(`${path}.image`, image);
      }
    },
  },
  {
    code: 'MC079',
    traps: ['T79'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'does not limit Flux, which books every core of the node',
    consequence:
      'Flux reads the cores from the hardware, not from the limit: it starts as many tasks as the node has cores, on a share of them.',
    remedy:
      'request whole nodes, or equal whole-number requests and limits with the static CPU manager, then silence this',
    check: ({ runner, spec }, report) => {
      if (!runner) return;
      const { limits, requests } = runner.container.resources ?? {};
      const cpu = limits?.cpu;
      if (
        cpu !== undefined &&
        (!/^\d+$/.test(cpu) || (requests?.cpu !== undefined && requests.cpu !== cpu))
      ) {
        report(`${runner.path}.resources.limits.cpu`, cpu);
      }
      if (spec.network?.disableAffinity)
        report(
          'network.disableAffinity',
          true,
          'puts several brokers on a node, each of which books every core',
        );
    },
  },
  {
    code: 'MC081',
    traps: ['T81'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'differs from the user of the init container, which owns the configuration directory',
    consequence: 'The broker has no right to write there: it starts without its certificate, or not at all.',
    remedy:
      'write the same runAsUser in flux.container.securityContext; the construct adds it where it is missing',
    check: ({ spec, runner }, report) => {
      const user = runner?.container.securityContext?.runAsUser;
      const initUser = spec.flux?.container?.securityContext?.runAsUser;
      if (user !== undefined && user !== initUser) report(`${runner?.path}.securityContext.runAsUser`, user);
    },
  },
];
