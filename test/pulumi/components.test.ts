/** Components deploy what the model renders, and stop at what it refuses. */
import * as pulumi from '@pulumi/pulumi';
import * as k8s from '@pulumi/kubernetes';
import * as components from '../../src/pulumi';
import {
  type Manifest,
  contentDistribution,
  fluxDistribute,
  fluxOperator,
  miniCluster,
  miniClusterJob,
  multiApplicationCluster,
  sharedVolume,
} from '../../src/index';
import { kubernetesResources, objectNamed, objectOf, withoutHints } from '../support/kubernetes-resources';
import { UNKNOWN, deploy, failureOf, labelOf, valueOf } from '../support/pulumi-deploy';

jest.setTimeout(60_000);

// Jest runs tests in a realm of their own, and Node's clones are of another one, whose arrays the SDK does not know.
const { structuredClone } = globalThis;
beforeAll(() => {
  globalThis.structuredClone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
});
afterAll(() => {
  globalThis.structuredClone = structuredClone;
});

let warn: jest.SpiedFunction<typeof pulumi.log.warn>;
beforeEach(() => {
  warn = jest.spyOn(pulumi.log, 'warn').mockResolvedValue();
});
afterEach(() => jest.restoreAllMocks());

const METADATA = { name: 'hello', namespace: 'flux' };
const IMAGE = 'ghcr.io/example/app:1.0';
const VIEW = { container: { image: 'ghcr.io/example/view:1.0' } };
const CERTIFICATE = { secretName: 'hello-curve' };
const CLUSTER = { size: 4, interactive: true, flux: VIEW, containers: [{ image: IMAGE }] };
const BATCH = { size: 2, tasks: 2, containers: [{ image: IMAGE, command: 'echo "$HOME"' }] };
const APPLICATIONS = { size: 2, flux: VIEW, applications: [{ name: 'lammps', image: IMAGE }] };
const THROUGH = { name: 'flux', namespace: 'flux' };
const CONTENT = { through: THROUGH, images: [IMAGE] };
const DIGEST = `ghcr.io/example/operator@sha256:${'0'.repeat(64)}`;
const VOLUME = { nfs: { server: '10.0.0.1', path: '/data' }, capacity: '10Gi' };

/** A component, and what the model renders for it. */
interface Case {
  readonly kind: string;
  readonly make: () => { readonly manifests: pulumi.Output<Manifest[]> };
  readonly manifests: readonly Manifest[];
}

const COMPONENTS: readonly Case[] = [
  {
    kind: 'MiniCluster',
    make: () => new components.MiniCluster('mine', { metadata: METADATA, ...BATCH }),
    manifests: miniCluster(METADATA, BATCH),
  },
  {
    kind: 'MiniClusterJob',
    make: () => new components.MiniClusterJob('mine', { metadata: METADATA, ...CLUSTER }),
    manifests: miniClusterJob(METADATA, CLUSTER),
  },
  {
    kind: 'MultiApplicationCluster',
    make: () => new components.MultiApplicationCluster('mine', { metadata: METADATA, ...APPLICATIONS }),
    manifests: multiApplicationCluster(METADATA, APPLICATIONS),
  },
  {
    kind: 'FluxOperator',
    make: () => new components.FluxOperator('mine', { images: { amd64: DIGEST } }),
    manifests: fluxOperator({}, { images: { amd64: DIGEST } }),
  },
  {
    kind: 'FluxDistribute',
    make: () => new components.FluxDistribute('mine', { metadata: METADATA }),
    manifests: fluxDistribute(METADATA, {}),
  },
  {
    kind: 'ContentDistribution',
    make: () => new components.ContentDistribution('mine', { metadata: METADATA, ...CONTENT }),
    manifests: contentDistribution(METADATA, CONTENT),
  },
  {
    kind: 'SharedVolume',
    make: () => new components.SharedVolume('mine', { metadata: METADATA, ...VOLUME }),
    manifests: sharedVolume(METADATA, VOLUME),
  },
];

describe.each(COMPONENTS)('$kind', ({ kind, make, manifests }) => {
  test('deploys what the model renders, each object after the one before, as children of the component', async () => {
    const { resources } = await deploy(make);

    const objects = kubernetesResources(resources);
    expect(objects.map(objectOf)).toEqual(manifests);
    expect(new Set(objects.map(({ parent }) => parent))).toEqual(new Set([`${kind} mine`]));
    objects.slice(1).forEach((object, index) => {
      expect(object.dependsOn).toContain(labelOf(objects[index]!));
    });
    expect(objects.map(({ options }) => options.deleteBeforeReplace)).not.toContain(false);
  });

  test('has the type under which programs in other languages know it', async () => {
    const { resources } = await deploy(make);

    expect(resources.filter(({ custom }) => !custom).map(({ type }) => type)).toEqual([
      `flux-framework-constructs:index:${kind}`,
    ]);
  });

  test('shows its manifests as plain data', async () => {
    const { result } = await deploy(async () => valueOf(make().manifests));

    expect(result.map(withoutHints)).toEqual(manifests);
  });
});

test('objects have the types of the SDK, those of other groups are custom resources', async () => {
  const { resources } = await deploy(() => {
    new components.MiniCluster('one', BATCH);
    new components.MiniClusterJob('two', { metadata: METADATA, ...CLUSTER });
  });
  const types = new Set(kubernetesResources(resources).map(({ type }) => type));

  expect(types).toEqual(
    new Set([
      'kubernetes:flux-framework.org/v1alpha2:MiniCluster',
      'kubernetes:core/v1:ConfigMap',
      'kubernetes:core/v1:Secret',
      'kubernetes:core/v1:Service',
      'kubernetes:core/v1:ServiceAccount',
      'kubernetes:rbac.authorization.k8s.io/v1:Role',
      'kubernetes:rbac.authorization.k8s.io/v1:RoleBinding',
      'kubernetes:batch/v1:Job',
    ]),
  );
});

test('the main object is called like the component where it has no name of its own', async () => {
  const { resources, result } = await deploy(async () => {
    const job = new components.MiniClusterJob('sweep', { ...CLUSTER, certificate: CERTIFICATE });
    return { name: await valueOf(job.name), namespace: await valueOf(job.namespace) };
  });

  expect(result).toEqual({ name: 'sweep', namespace: '' });
  expect(objectNamed(resources, 'Job', 'sweep').name).toBe('sweep:sweep');
});

test('an object keeps the name of its resource when others come and go', async () => {
  const namesOf = async (more: object): Promise<string[]> => {
    const args = { metadata: { namespace: 'flux' }, ...CLUSTER, ...more };
    const program = (): unknown => new components.MiniClusterJob('job', args);
    const { resources } = await deploy(program);
    return kubernetesResources(resources)
      .filter(({ inputs }) => ['Job', 'Service', 'Secret'].includes(String(inputs.kind)))
      .map(labelOf);
  };
  const few = await namesOf({ certificate: CERTIFICATE });

  expect(few).toEqual(['Service job:flux/job', 'Job job:flux/job']);
  expect(await namesOf({})).toEqual(expect.arrayContaining(few));
});

test('two components may have objects of one name in two namespaces', async () => {
  const { resources } = await deploy(() => {
    for (const namespace of ['red', 'blue'])
      new components.MiniClusterJob(namespace, { metadata: { name: 'same', namespace }, ...CLUSTER });
  });

  expect(kubernetesResources(resources).filter(({ inputs }) => inputs.kind === 'Job')).toHaveLength(4);
});

test('what is wrong is one error before anything is deployed, with the path of each property', async () => {
  const args: unknown = { ...CLUSTER, size: 0, interactive: 'yes', wait: 'soon' };
  const { error, message, resources } = await failureOf(
    () => new components.MiniClusterJob('sweep', args as components.MiniClusterJobArgs),
  );

  expect(pulumi.InputPropertiesError.isInstance(error)).toBe(true);
  expect(message).toMatch(/^\[sweep\] MiniClusterJob is not valid:/);
  expect(message).toMatch(/interactive must be a boolean|interactive must be true or false/);
  expect(message).toContain('wait must be one of created, ready, completed, got "soon"');
  const { errors } = error as pulumi.InputPropertiesError;
  expect(errors.map(({ propertyPath }) => propertyPath)).toEqual(['interactive', 'wait']);
  expect(kubernetesResources(resources)).toEqual([]);
});

describe('a changed MiniCluster', () => {
  const replacing = async (more: object): Promise<{ paths: readonly string[]; scripts: unknown }> => {
    const { resources } = await deploy(() => new components.MiniCluster('hello', { ...BATCH, ...more }));
    const { options, inputs } = objectNamed(resources, 'MiniCluster');
    const { annotations = {} } = inputs.metadata as { annotations?: Record<string, string> };
    return { paths: options.replaceOnChanges, scripts: annotations['flux-framework.org/scripts'] };
  };

  test('is made anew where the operator would not look at the change', async () => {
    const { paths } = await replacing({});

    expect(paths).toEqual(
      expect.arrayContaining(['spec.containers', 'spec.flux', 'spec.tasks', 'spec.size']),
    );
    expect(paths).not.toContain('spec');
  });

  test('follows its size where it was told how far it may grow', async () => {
    const { paths } = await replacing({ maxSize: 8 });

    expect(paths).not.toContain('spec.size');
    expect(paths).toContain('spec.maxSize');
  });

  test('is made anew with a script, whose ConfigMap keeps its name', async () => {
    const first = await replacing({});
    const other = await replacing({ containers: [{ image: IMAGE, command: 'echo "$PATH"' }] });

    expect(first.paths).toContain('metadata.annotations["flux-framework.org/scripts"]');
    expect(first.scripts).toMatch(/^[0-9a-f]{8,}$/);
    expect(other.scripts).not.toBe(first.scripts);
    expect((await replacing({})).scripts).toBe(first.scripts);
  });
});

test('warnings are logged with the component', async () => {
  await deploy(() => new components.MiniCluster('hello', BATCH));

  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(/^\[hello\] MiniCluster: .*\(MC014\)$/),
    expect.stringMatching(/^\[hello\] MiniCluster: .*\(MC065\)$/),
  ]);
});

/** A value that a resource has once it is there: a preview does not know it. */
function laterName(): pulumi.Output<string> {
  return new k8s.core.v1.ConfigMap('other', { metadata: { name: 'made' } }).id.apply(() => IMAGE);
}

describe('with an argument that is known later', () => {
  const make = (more: object): unknown =>
    new components.MiniClusterJob('later', {
      ...CLUSTER,
      ...more,
      certificate: CERTIFICATE,
      containers: [{ image: laterName() }],
    });

  test('it is deployed once that is known', async () => {
    const { resources } = await deploy(() => make({}));

    const expected = miniClusterJob({ name: 'later' }, { ...CLUSTER, certificate: CERTIFICATE });
    const objects = kubernetesResources(resources).filter(({ name }) => name !== 'other');
    expect(objects.map(objectOf)).toEqual(expected);
  });

  test('a preview shows the component alone', async () => {
    const { resources } = await deploy(() => make({}), { preview: true });

    expect(resources.map(labelOf)).toEqual(['MiniClusterJob later', 'ConfigMap other']);
  });

  test('a field of the wrong shape is an error at once', async () => {
    const { message, resources } = await failureOf(() => make({ tasks: '4' }), { preview: true });

    expect(message).toContain('tasks must be a whole number, got "4"');
    expect(message).not.toContain('image');
    expect(resources.map(labelOf)).not.toContain('ConfigMap made');
  });

  test('an option that there is not is an error at once', async () => {
    const { message } = await failureOf(() => make({ fluxFrom: 'moon' }), { preview: true });

    expect(message).toContain('fluxFrom is no place where Flux can come from, got "moon"');
  });

  test('what only all arguments show is an error when they are known, and nothing is deployed', async () => {
    const { message, resources } = await failureOf(() => make({ size: 0 }));

    expect(message).toContain('size must be a whole number of at least 1, got 0');
    expect(kubernetesResources(resources).map(({ name }) => name)).toEqual(['other']);
  });
});

describe('with a secret among the arguments', () => {
  const TOKEN = 'hf_0123456789';
  const make = (): components.MiniClusterJob =>
    new components.MiniClusterJob('job', {
      ...CLUSTER,
      metadata: METADATA,
      containers: [{ image: IMAGE, environment: { TOKEN: pulumi.secret(TOKEN) } }],
    });

  test('it is readable nowhere in the state, and the names of the objects are', async () => {
    const { resources, result } = await deploy(async () => {
      const { name, manifests } = make();
      return [await valueOf(name), await pulumi.isSecret(name), await pulumi.isSecret(manifests)];
    });

    expect(result).toEqual(['hello', false, true]);
    for (const { inputs, secretPaths } of kubernetesResources(resources)) {
      const open = Object.entries(inputs).filter(([field]) => !secretPaths.includes(field));
      expect(JSON.stringify(open)).not.toContain(TOKEN);
      expect(open.map(([field]) => field)).toEqual(
        expect.arrayContaining(['apiVersion', 'kind', 'metadata']),
      );
    }
    expect(JSON.stringify(resources.map(({ inputs }) => inputs))).toContain(TOKEN);
    expect(warn.mock.calls.map(([message]) => message).join('\n')).toMatch(/an argument is a secret/);
  });
});

test('a secret among the labels is readable nowhere in the state either', async () => {
  const metadata = { ...METADATA, annotations: { token: pulumi.secret('hunter2') } };
  const { resources, result } = await deploy(async () =>
    valueOf(new components.MiniClusterJob('job', { ...CLUSTER, metadata }).name),
  );

  expect(result).toBe('hello');
  for (const { secretPaths } of kubernetesResources(resources)) expect(secretPaths).toContain('metadata');
});

test('what Kubernetes refuses to change in a Job replaces it', async () => {
  const { resources } = await deploy(
    () => new components.MiniClusterJob('job', { metadata: METADATA, ...CLUSTER }),
  );
  const { replaceOnChanges } = objectNamed(resources, 'Job', 'hello').options;

  expect(replaceOnChanges).toEqual(expect.arrayContaining(['spec.podFailurePolicy', 'spec.completionMode']));
});

test('children use the provider that the component was given', async () => {
  const { resources } = await deploy(() => {
    const provider = new k8s.Provider('cluster', { kubeconfig: '{}' });
    new components.MiniClusterJob('job', { metadata: METADATA, ...CLUSTER }, { providers: [provider] });
  });

  expect(new Set(kubernetesResources(resources).map(({ provider }) => provider))).toEqual(
    new Set(['cluster']),
  );
});

test('nothing is unknown in a preview of arguments that are known', async () => {
  const make = (): unknown => new components.MiniClusterJob('job', { metadata: METADATA, ...CLUSTER });
  const { resources } = await deploy(make, { preview: true });

  expect(JSON.stringify(resources)).not.toContain(UNKNOWN);
  expect(kubernetesResources(resources)).toHaveLength(miniClusterJob(METADATA, CLUSTER).length);
});
