/** Traps T36 to T46, T79 and T81: what reaches the pods of what the spec says about them. */
import { Severity } from '../../problems';
import { Cluster } from '../cluster';
import { allContainers } from '../located-containers';
import { MOVING_IMAGE, NO_TIME, POD_RESOURCES, VARIABLE_OF_THE_SAME_CONTAINER } from './common/pods';
import { EVERY_ENGINE, EVERY_RELEASE, FROM_0_2_1_AND_JOB, MAIN_AND_JOB, MAIN_ONLY } from './releases';
import { Rule } from './rule';

/** Labels that the operator writes over (controllers/flux/pods.go, job.go). */
const OPERATOR_LABELS = ['app', 'namespace', 'app.kubernetes.io/name', 'hpa-selector'];

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

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
  { code: 'MC037', releases: EVERY_ENGINE, ...POD_RESOURCES },
  {
    code: 'MC038',
    traps: ['T38'],
    severity: Severity.WARNING,
    releases: FROM_0_2_1_AND_JOB,
    title: 'is not set, and false is then written',
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
    releases: FROM_0_2_1_AND_JOB,
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
  { code: 'MC042', releases: EVERY_RELEASE, ...VARIABLE_OF_THE_SAME_CONTAINER },
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
  { code: 'MC045', releases: EVERY_ENGINE, ...NO_TIME },
  {
    code: 'MC046',
    traps: ['T46'],
    severity: Severity.ERROR,
    releases: MAIN_AND_JOB,
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
    releases: EVERY_ENGINE,
    ...MOVING_IMAGE,
    remedy: `${MOVING_IMAGE.remedy}; the view image (flux.container.image) deserves the same`,
  },
  {
    code: 'MC131',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'must be ports from 1 to 65535',
    consequence: 'The API server refuses the Job, and the operator retries for ever without a message.',
    remedy: 'list the ports that the container opens',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        if (container.ports?.some((port) => port < 1 || port > 65535))
          report(`${path}.ports`, container.ports);
      }
    },
  },
  {
    code: 'MC132',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'has a name that no environment variable can have',
    consequence: 'The API server refuses the Job, and the operator retries for ever without a message.',
    remedy: 'use letters, digits, _, - and dots, and no digit at the start',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        for (const field of ['environment', 'secrets'] as const) {
          for (const name of Object.keys(container[field] ?? {})) {
            if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) report(`${path}.${field}`, name);
          }
        }
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
      'write the same runAsUser in flux.container.securityContext; the library adds it where it is missing',
    check: ({ spec, runner }, report) => {
      const user = runner?.container.securityContext?.runAsUser;
      const initUser = spec.flux?.container?.securityContext?.runAsUser;
      if (user !== undefined && user !== initUser) report(`${runner?.path}.securityContext.runAsUser`, user);
    },
  },
];
