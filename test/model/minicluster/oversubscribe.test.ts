/** Several brokers in each pod, for operators built from the branch multiple-applications-per-pod. */
import { miniClusterJob } from '../../../src/model/job';
import {
  MiniClusterInput,
  OperatorVersion,
  checkMiniCluster,
  parseMiniCluster,
} from '../../../src/model/minicluster';
import { OVERSUBSCRIBE_RULES } from '../../../src/model/minicluster/rules/oversubscribe';
import { InvalidSpecError, Problem, Severity } from '../../../src/model/problems';
import { miniCluster } from '../../support/render';

const { MAIN, MULTIPLE_APPLICATIONS, V0_2_0, V0_2_1 } = OperatorVersion;
const METADATA = { name: 'flux-sample', namespace: 'flux' };
const IMAGE = 'ubuntu:24.04';

type Container = MiniClusterInput['containers'][number];

const QUEUE: Container = { name: 'queue', image: IMAGE, runFlux: true };
const LAMMPS: Container = { name: 'lammps', image: IMAGE, runFlux: true };
const IOR: Container = { name: 'ior', image: IMAGE, runFlux: true };

function shared(parts: Partial<MiniClusterInput> = {}): MiniClusterInput {
  const containers = [QUEUE, LAMMPS, IOR];
  return { operatorVersion: MULTIPLE_APPLICATIONS, oversubscribe: true, size: 4, containers, ...parts };
}

/** The code and path of each problem of one severity. */
function told(input: MiniClusterInput, of = Severity.ERROR): string[] {
  return checkMiniCluster(METADATA, input)
    .filter(({ severity }) => severity === of)
    .map(({ code, path }) => `${code} ${path}`);
}

/** Rendered, the spec and the files in the ConfigMap. */
function rendered(input: MiniClusterInput): { spec: MiniClusterInput; files: Record<string, string> } {
  const manifests = miniCluster(METADATA, input);
  const spec = manifests.find(({ kind }) => kind === 'MiniCluster')?.spec as MiniClusterInput;
  const { data = {} } = manifests.find(({ kind }) => kind === 'ConfigMap') ?? {};
  return { spec, files: data };
}

test('containers with brokers of their own are rendered as written, without anything added', () => {
  const { operatorVersion, ...spec } = shared({ services: [{ name: 'fluxion', image: IMAGE }] });
  expect(miniCluster(METADATA, { operatorVersion, ...spec })).toEqual([
    { apiVersion: 'flux-framework.org/v1alpha2', kind: 'MiniCluster', metadata: METADATA, spec },
  ]);
});

test('what the writer has to know is told as warnings, and no more than that', () => {
  expect(told(shared())).toEqual([]);
  expect(told(shared({ interactive: true }), Severity.WARNING)).toEqual([
    'MC190 containers[0]',
    'MC191 oversubscribe',
    'MC192 oversubscribe',
    'MC086 containers[0].lifeCycle.preStopExec',
    'MC065 certificate',
  ]);
  const submitting = shared({ tasks: 4, containers: [{ ...QUEUE, command: 'hostname' }, LAMMPS] });
  expect(told(submitting, Severity.WARNING)).toContain('MC193 oversubscribe');
  // Pods that never end have no exit code that could be passed on.
  expect(told(submitting, Severity.WARNING).join()).not.toContain('MC014');
  expect(told(shared({ size: 1 }), Severity.WARNING)).not.toContain('MC190 containers[0]');
  const withoutView = shared({ flux: { container: { disable: true } } });
  expect(told(withoutView, Severity.WARNING)).not.toContain('MC192 oversubscribe');
});

test('one broker in each pod is taken for the lead everywhere too, and nothing else is told of it', () => {
  const one = shared({ oversubscribe: undefined, interactive: true, containers: [QUEUE] });
  expect(told(one)).toEqual([]);
  expect(told(one, Severity.WARNING)).toEqual([
    'MC190 containers[0]',
    'MC086 containers[0].lifeCycle.preStopExec',
    'MC065 certificate',
  ]);
});

test.each([V0_2_0, V0_2_1, MAIN, undefined])(
  'operator %s is refused, with and without oversubscribe, and the way without an operator is named',
  (operatorVersion) => {
    const fixesOf = (problems: readonly Problem[]): string[][] =>
      problems
        .filter(({ severity }) => severity === Severity.ERROR)
        .map(({ code, path, fix }) => [code, path, /docs\/[\w-]+\.md/.exec(fix)?.[0] ?? '']);
    const page = 'docs/multi-application-cluster.md';
    expect(fixesOf(checkMiniCluster(METADATA, shared({ operatorVersion })))).toEqual([
      ['MC103', 'oversubscribe', page],
    ]);
    const without = shared({ operatorVersion, oversubscribe: undefined });
    expect(fixesOf(checkMiniCluster(METADATA, without))).toEqual([['MC114', 'containers', page]]);
  },
);

test('who has no broker at all is not sent to another construct', () => {
  const containers = [QUEUE, LAMMPS].map((one) => ({ ...one, runFlux: false }));
  const [problem] = checkMiniCluster(METADATA, { size: 1, containers }).filter(
    ({ code }) => code === 'MC114',
  );
  expect(problem?.fix).toBe('set runFlux: true on the one container that runs Flux');
});

test('a MiniClusterJob is refused in the same way', () => {
  const errorOf = (input: MiniClusterInput): string[] => {
    const { operatorVersion: _, ...rest } = input;
    try {
      miniClusterJob(METADATA, rest);
    } catch (error) {
      return (error as InvalidSpecError).problems.map(({ code, path, fix }) => `${code} ${path}: ${fix}`);
    }
    return [];
  };
  const pointer = /MultiApplicationCluster, which needs no operator \(docs\/multi-application-cluster\.md\)/;
  expect(errorOf(shared())).toContainEqual(expect.stringMatching(/^MC103 oversubscribe: /));
  expect(errorOf(shared()).join('\n')).toMatch(pointer);
  const without = errorOf(shared({ oversubscribe: undefined }));
  expect(without).toContainEqual(expect.stringMatching(/^MC114 containers: /));
  expect(without.join('\n')).toMatch(pointer);
});

test('several brokers need oversubscribe, one does not, and none is refused', () => {
  expect(told(shared({ oversubscribe: false }))).toEqual(['MC180 oversubscribe']);
  expect(told(shared({ oversubscribe: undefined }))).toEqual(['MC180 oversubscribe']);
  expect(told(shared({ oversubscribe: undefined, containers: [{ image: IMAGE }] }))).toEqual([]);
  const without = [QUEUE, LAMMPS].map((one) => ({ ...one, runFlux: false, noWrapEntrypoint: true }));
  expect(told(shared({ containers: without }))).toEqual(['MC180 containers']);
});

test('container 0 must have a broker: no other is ever the lead', () => {
  const sidecar = { name: 'cache', image: 'redis:7.4.1', noWrapEntrypoint: true };
  expect(told(shared({ containers: [sidecar, QUEUE, LAMMPS] }))).toEqual(['MC181 containers[0]']);
  expect(told(shared({ containers: [sidecar, QUEUE] }))).toEqual(['MC181 containers[0]']);
  expect(told(shared({ containers: [QUEUE, sidecar, LAMMPS] }))).toEqual([]);
});

test.each<[string, Partial<Container>]>([
  ['command', { command: 'run_interactive_cluster' }],
  ['batch', { batch: true }],
  ['launcher', { launcher: true }],
  ['commands.script', { commands: { script: 'hostname' } }],
  ['commands.brokerPre', { commands: { brokerPre: 'date' } }],
  ['commands.prefix', { commands: { prefix: 'strace' } }],
  ['commands.servicePre', { commands: { servicePre: 'date' } }],
])('%s has no effect behind container 0', (field, parts) => {
  const containers = [QUEUE, LAMMPS, { ...IOR, ...parts }];
  expect(told(shared({ containers }))).toEqual([`MC182 containers[2].${field}`]);
  const [problem] = checkMiniCluster(METADATA, shared({ containers }));
  expect(problem?.fix).toContain('/mnt/flux/view/run/flux/local-2');
});

test('container 0 is never a follower, so that its workerPre has no effect', () => {
  const withHook = (one: Container): Container => ({ ...one, commands: { workerPre: 'date' } });
  expect(told(shared({ containers: [withHook(QUEUE), LAMMPS] }))).toEqual([
    'MC182 containers[0].commands.workerPre',
  ]);
  expect(told(shared({ containers: [QUEUE, withHook(LAMMPS)] }))).toEqual([]);
});

test('containers keep their names, which must be those of containers', () => {
  const named = (name?: string): Container => ({ image: IMAGE, runFlux: true, name });
  const errors = (...names: (string | undefined)[]): string[] =>
    told(shared({ containers: names.map(named) }));
  expect(errors('queue', 'flux-sample')).toEqual([]);
  expect(errors(undefined, 'lammps')).toEqual(['MC183 containers[0].name']);
  expect(errors('queue', undefined)).toEqual(['MC183 containers[1].name']);
  expect(errors('queue', 'LAMMPS')).toEqual(['MC183 containers[1].name']);
  expect(errors('queue', 'ior', 'queue')).toEqual(['MC183 containers[2].name']);
  expect(errors('queue', 'flux-view')).toEqual(['MC183 containers[1].name']);
  // One container alone gets the name of the cluster where it has none, and its own where it has one.
  expect(errors(undefined)).toEqual([]);
  expect(errors('queue')).toEqual([]);
  expect(errors('my_queue')).toEqual(['MC183 containers[0].name']);
});

test('a sidecar may not have the name of a broker, nor a service that of another', () => {
  const sidecar = { image: 'redis:7.4.1', noWrapEntrypoint: true };
  expect(told(shared({ containers: [QUEUE, LAMMPS, { ...sidecar, name: 'lammps' }] }))).toEqual([
    'MC183 containers[2].name',
  ]);
  const service = { name: 'fluxion', image: IMAGE };
  expect(told(shared({ services: [service, service] }))).toEqual(['MC183 services[1].name']);
  expect(told(shared({ services: [{ name: 'queue', image: IMAGE }] }))).toEqual([]);
});

test('a sidecar must not wait for a broker that it does not have', () => {
  const sidecar = { name: 'cache', image: 'redis:7.4.1' };
  const wrapped = { ...sidecar, command: 'redis-server' };
  const containers = [QUEUE, LAMMPS, wrapped];
  expect(told(shared({ containers }))).toEqual(['MC184 flux.noWaitSocket']);
  expect(told(shared({ containers, flux: { noWaitSocket: true } }))).toEqual([]);
  // Without a command the library has the image run as it is, which waits for nothing.
  const { spec } = rendered(shared({ containers: [QUEUE, LAMMPS, sidecar] }));
  expect(spec.containers.map(({ noWrapEntrypoint }) => noWrapEntrypoint)).toEqual([
    undefined,
    undefined,
    true,
  ]);
});

test('what all brokers of a pod would share is refused', () => {
  expect(told(shared({ flux: { brokerConfig: 'a = 1' } }))).toEqual(['MC185 flux.brokerConfig']);
  expect(told(shared({ flux: { minimalService: true } }))).toEqual(['MC187 flux.minimalService']);
  const clusters = [{ name: 'burst', size: 2 }];
  expect(told(shared({ minSize: 4, flux: { bursting: { clusters } } }))).toEqual(['MC186 flux.bursting']);
  // The library would write a brokerConfig for one broker. Here it must not, and says nothing of it.
  const leadBroker = { address: '10.0.0.1', name: 'lead', size: 4 };
  expect(told(shared({ flux: { bursting: { leadBroker } } }))).toEqual(['MC186 flux.bursting']);
  const containers = [{ ...QUEUE, launcher: true, command: 'date && date' }, LAMMPS];
  expect(told(shared({ containers, flux: { bursting: { leadBroker } } }))).toEqual(['MC186 flux.bursting']);
});

test('an archive is refused, and where that is silenced left as written', () => {
  const archive = { path: '/state/archive.tgz', keep: 3 };
  expect(told(shared({ archive }))).toEqual(['MC188 archive']);
  const one = shared({ oversubscribe: undefined, containers: [QUEUE], archive });
  expect(told(one)).toEqual(['MC188 archive']);
  const silence = [{ code: 'MC188', reason: 'each application starts from it' }];
  const { spec, files } = rendered(shared({ archive, silence }));
  expect(spec.archive).toEqual({ path: archive.path });
  expect(spec.containers).toEqual([QUEUE, LAMMPS, IOR]);
  expect(files).toEqual({});
});

test('options of the library that one broker alone can have are refused', () => {
  const options = { certificate: { secretName: 'curve' }, reportFailure: true };
  expect(told(shared(options))).toEqual(['MC189 reportFailure', 'MC189 certificate']);
  const silence = [{ code: 'MC189', reason: 'nothing could be rendered' }];
  expect(told(shared({ silence }))).toEqual(['MC105 silence[0]']);
});

test('one broker can have them: its configuration names the numbered resources of the branch', () => {
  const options = { certificate: { secretName: 'curve' }, reportFailure: true };
  const containers = [{ ...QUEUE, command: 'hostname' }];
  const { spec } = rendered(shared({ ...options, oversubscribe: undefined, tasks: 4, containers }));
  expect(spec.flux?.brokerConfig).toContain('path = "/mnt/flux/view/etc/flux/system/R-0"');
  expect(spec.flux?.brokerConfig).toContain('default_port = 8050');
  expect(spec.flux?.brokerConfig).toContain('default_connect = "tcp://%h.flux-service:%p"');
  expect(spec.containers[0]?.commands?.post).toContain('report-failure.sh');
  // The branch has neither field.
  expect([spec.backoffLimit, spec.pod]).toEqual([undefined, undefined]);
});

test('the command of container 0 arrives as written, in a file that it mounts', () => {
  const command = 'for i in 1 2; do\n  echo "$i"\ndone\n';
  const containers = [{ ...QUEUE, launcher: true, command }, LAMMPS];
  const { spec, files } = rendered(shared({ containers }));
  expect(files['command.sh']).toBe(command);
  expect(spec.containers[0]).toMatchObject({
    command: '/bin/bash /flux-scripts/command.sh',
    volumes: { 'flux-sample-scripts': { configMapName: 'flux-sample-scripts', path: '/flux-scripts' } },
  });
  expect(spec.containers[1]).toEqual(LAMMPS);
});

test('hooks of every broker arrive whole, each in a file of its own', () => {
  const heredoc = (text: string): string => `cat <<X\n${text}\nX`;
  const application: Container = {
    ...LAMMPS,
    // Its files must not be those that the queue has for its own brokerPre and workerPre.
    name: 'broker',
    commands: { init: heredoc('init'), pre: heredoc('pre'), workerPre: heredoc('worker') },
    lifeCycle: { preStopExec: 'flux shutdown --background' },
  };
  const queue: Container = {
    ...QUEUE,
    commands: { pre: heredoc('queue'), brokerPre: heredoc('queue broker') },
    lifeCycle: { preStopExec: 'flux shutdown' },
  };
  const { spec, files } = rendered(shared({ containers: [queue, application] }));
  expect(files).toMatchObject({
    'pre.sh': heredoc('queue'),
    'broker-pre.sh': heredoc('queue broker'),
    'pre-stop.sh': '#!/bin/bash\nflux shutdown',
    'broker.pre.sh': heredoc('pre'),
    'broker.worker-pre.sh': heredoc('worker'),
    'broker.pre-stop.sh': '#!/bin/bash\nflux shutdown --background',
  });
  const { commands, lifeCycle } = spec.containers[1] ?? {};
  expect(commands).toMatchObject({
    pre: '. /flux-scripts/broker.pre.sh',
    workerPre: '. /flux-scripts/broker.worker-pre.sh',
  });
  // Whatever prepares the hook of the kubelet comes first, in the same hook.
  expect(commands?.init).toBe('. /flux-scripts/broker.init.sh');
  expect(files['broker.init.sh']?.split('\n')).toEqual([
    '/bin/bash /flux-scripts/make-executable.sh /flux-scripts/broker.pre-stop.sh',
    ...heredoc('init').split('\n'),
  ]);
  expect(lifeCycle?.preStopExec).toBe('/tmp/flux-scripts/broker.pre-stop.sh');
});

test('a hook of one application alone is mended too', () => {
  const pre = 'cat <<X\npre\nX';
  const { spec, files } = rendered(shared({ containers: [QUEUE, { ...LAMMPS, commands: { pre } }] }));
  expect(spec.containers[1]?.commands).toEqual({ pre: '. /flux-scripts/lammps.pre.sh' });
  expect(files).toEqual({ 'lammps.pre.sh': pre });
});

test('what fields that came with 0.2.1 do is no matter of the branch, which lacks them', () => {
  const pod = { serviceAccountName: 'hpc' };
  expect(told(shared({ pod }), Severity.WARNING).join()).not.toContain('MC038');
  const later = shared({ pod, operatorVersion: V0_2_1, oversubscribe: undefined, containers: [QUEUE] });
  expect(told(later, Severity.WARNING)).toContain('MC038 pod.automountServiceAccountToken');
});

test('every rule about several brokers can be silenced, and holds for no other build', () => {
  const everything = shared({
    archive: { path: '/state/a.tgz' },
    flux: { brokerConfig: 'curve_cert = "/a"', minimalService: true, bursting: { hostlist: 'a' } },
    containers: [
      { ...QUEUE, command: 'hostname', commands: { workerPre: 'date' } },
      { ...LAMMPS, name: undefined, command: 'hostname' },
      { name: 'cache', image: 'redis:7.4.1', command: 'redis-server' },
    ],
    tasks: 4,
  });
  const ofRules = OVERSUBSCRIBE_RULES.map(({ code }) => code);
  const found = new Set(checkMiniCluster(METADATA, everything).map(({ code }) => code));
  // A container 0 without a broker, and brokers without oversubscribe, are other mistakes.
  const expected = ofRules.filter((code) => code !== 'MC180' && code !== 'MC181');
  expect(expected.filter((code) => !found.has(code))).toEqual([]);
  const silence = ofRules.map((code) => ({ code, reason: 'a test' }));
  const left = checkMiniCluster(METADATA, { ...everything, silence }).map(({ code }) => code);
  expect(left.filter((code) => ofRules.includes(code))).toEqual([]);
  for (const { code, releases } of OVERSUBSCRIBE_RULES)
    expect([code, releases]).toEqual([code, [MULTIPLE_APPLICATIONS]]);
});

test('YAML for such a build is read with its release, and refused for others with its line', () => {
  const text = `apiVersion: flux-framework.org/v1alpha2
kind: MiniCluster
metadata:
  name: flux-sample
spec:
  size: 4
  oversubscribe: true
  containers:
    - image: ${IMAGE}
      name: queue
      runFlux: true
      command: echo "a b"
    - image: ${IMAGE}
      name: lammps
      runFlux: true
      command: run_interactive_cluster
`;
  const errors = (operatorVersion?: OperatorVersion): string[] =>
    parseMiniCluster(text, { operatorVersion })
      .findings.filter(({ severity }) => severity === Severity.ERROR)
      .map(({ code, path, line }) => `${code} ${path} in line ${line}`);
  expect(errors(MULTIPLE_APPLICATIONS)).toEqual([
    'MC182 spec.containers[1].command in line 16',
    'MC001 spec.containers[0].command in line 12',
    'MC021 spec.tasks in line 5',
  ]);
  expect(errors()).toContain('MC103 spec.oversubscribe in line 7');
});

test('escapes in the texts of container 0 are taken back from YAML, and put in again', () => {
  const text = `apiVersion: flux-framework.org/v1alpha2
kind: MiniCluster
metadata:
  name: flux-sample
spec:
  oversubscribe: true
  containers:
    - image: ${IMAGE}
      name: queue
      runFlux: true
      commands:
        script: echo \\$HOME
    - image: ${IMAGE}
      name: lammps
      runFlux: true
`;
  const { input } = parseMiniCluster(text, { operatorVersion: MULTIPLE_APPLICATIONS });
  expect(input?.containers[0]?.commands?.script).toBe('echo $HOME');
});
