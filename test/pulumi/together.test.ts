/** Components that are given to one another. */
import * as pulumi from '@pulumi/pulumi';
import {
  CurveCertificate,
  ContentDistribution,
  FluxDistribute,
  MiniClusterJob,
  SharedVolume,
} from '../../src/pulumi';
import { objectNamed } from '../support/kubernetes-resources';
import { Registered, deploy, failureOf, one } from '../support/pulumi-deploy';

jest.setTimeout(60_000);

beforeEach(() => jest.spyOn(pulumi.log, 'warn').mockResolvedValue());
afterEach(() => jest.restoreAllMocks());

const FLUX = { container: { image: 'ghcr.io/example/view:1.0' } };
const IMAGE = 'ghcr.io/example/app:1.0';
const metadata = { namespace: 'flux' };
const CLUSTER = { metadata, size: 2, interactive: true, flux: FLUX };
const NFS = { nfs: { server: '10.0.0.1', path: '/data' }, capacity: '10Gi' };

interface PodTemplate {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly volumes: object[];
        readonly containers: readonly { readonly volumeMounts: readonly object[] }[];
      };
    };
  };
}

/** The Job of a component. */
function jobOf(resources: readonly Registered[], component: string): Registered {
  return one(
    resources.filter(({ parent }) => parent === component),
    'kubernetes:batch/v1:Job',
  );
}

describe('a volume', () => {
  test('is mounted by a cluster, which is made after the claim', async () => {
    const { resources } = await deploy(() => {
      const data = new SharedVolume('data', { metadata, ...NFS });
      new MiniClusterJob('job', {
        ...CLUSTER,
        containers: [{ image: IMAGE, volumes: { data: data.mount('/data', { subPath: 'run' }) } }],
      });
    });
    const job = objectNamed(resources, 'Job', 'job');
    const { template } = (job.inputs as unknown as PodTemplate).spec;

    expect(template.spec.volumes).toContainEqual(
      expect.objectContaining({ persistentVolumeClaim: { claimName: 'data' } }),
    );
    expect(template.spec.containers[0]!.volumeMounts).toContainEqual(
      expect.objectContaining({ mountPath: '/data', subPath: 'run' }),
    );
    expect(job.dependsOn).toContain('PersistentVolumeClaim data:flux/data');
  });

  test('may be given itself as the claim', async () => {
    const { resources } = await deploy(() => {
      const claim = new SharedVolume('data', { metadata, ...NFS });
      new MiniClusterJob('job', {
        ...CLUSTER,
        containers: [{ image: IMAGE, volumes: { data: { claim, path: '/data' } } }],
      });
    });
    const { template } = (objectNamed(resources, 'Job', 'job').inputs as unknown as PodTemplate).spec;

    expect(JSON.stringify(template.spec.volumes)).toContain('"claimName":"data"');
  });

  test('that nobody can write to is mounted read-only', async () => {
    const { resources } = await deploy(() => {
      const data = new SharedVolume('data', {
        metadata,
        existingClaim: 'archive',
        accessModes: ['ReadOnlyMany'],
      });
      new MiniClusterJob('job', {
        ...CLUSTER,
        containers: [{ image: IMAGE, volumes: { data: data.mount('/data') } }],
      });
    });
    const { template } = (objectNamed(resources, 'Job', 'job').inputs as unknown as PodTemplate).spec;

    expect(template.spec.containers[0]!.volumeMounts).toContainEqual(
      expect.objectContaining({ mountPath: '/data', readOnly: true }),
    );
  });

  test('is not mounted at a relative path', async () => {
    const { message } = await failureOf(() => new SharedVolume('data', { metadata, ...NFS }).mount('data'));

    expect(message).toContain('path must be an absolute path without a colon, got "data"');
  });
});

/** What a distribution of content is told. */
function settingsIn(resources: readonly Registered[]): string {
  const { data } = resources.find(({ name }) => name.startsWith('images:flux/images-settings-'))!.inputs;
  return Object.values(data as Record<string, string>).join('');
}

describe('content', () => {
  test('goes through a FluxDistribute with its folders, after its DaemonSet is there', async () => {
    const { resources } = await deploy(() => {
      const through = new FluxDistribute('flux', { metadata, directories: { run: '/run/my-flux' } });
      new ContentDistribution('images', { metadata, through, images: [IMAGE] });
    });
    const job = jobOf(resources, 'ContentDistribution images');

    expect(settingsIn(resources)).toContain('"runDirectory": "/run/my-flux"');
    const first = resources.find(
      ({ name, parent }) => parent === 'ContentDistribution images' && name !== job.name,
    )!;
    expect(first.dependsOn).toContain('DaemonSet flux:flux/flux');
    expect(job.dependsOn).toContain('DaemonSet flux:flux/flux');
  });

  test('goes through what the FluxDistribute shows of itself, as other languages have it', async () => {
    const { resources } = await deploy(() => {
      const { distributed } = new FluxDistribute('flux', { metadata, directories: { run: '/run/my-flux' } });
      new ContentDistribution('images', { metadata, through: distributed, images: [IMAGE] });
    });

    expect(settingsIn(resources)).toContain('"runDirectory": "/run/my-flux"');
  });
});

describe('what depends on a component', () => {
  const FIRST = { metadata, certificate: { secretName: 'key' }, size: 2, flux: FLUX, interactive: true };

  test('is made after all of its objects, though they are made when an argument is known', async () => {
    const { resources } = await deploy(() => {
      const through = new FluxDistribute('flux', { metadata });
      const content = new ContentDistribution('images', { metadata, through, images: [IMAGE] });
      new MiniClusterJob('job', { ...FIRST, containers: [{ image: IMAGE }] }, { dependsOn: [content] });
    });
    const cluster = one(resources, 'flux-framework-constructs:index:MiniClusterJob');
    const { name } = jobOf(resources, 'ContentDistribution images');

    expect(cluster.dependsOn).toContain(`Job ${name}`);
  });

  test('is there in a preview, though some of them are not known', async () => {
    const program = (): void => {
      const image = new SharedVolume('data', { metadata, ...NFS }).urn;
      const first = new MiniClusterJob('first', { ...FIRST, containers: [{ image }] });
      new MiniClusterJob('second', { ...FIRST, containers: [{ image: IMAGE }] }, { dependsOn: [first] });
    };
    const { resources } = await deploy(program, { preview: true });

    expect(jobOf(resources, 'MiniClusterJob second').name).toBe('second:flux/second');
  });
});

test('a resource that means nothing is one error with its path', async () => {
  const { message } = await failureOf(() => {
    const claim = new CurveCertificate('key', { metadata });
    new MiniClusterJob('job', {
      ...CLUSTER,
      containers: [{ image: IMAGE, volumes: { data: { claim: new Elsewhere() as never, path: '/data' } } }],
      certificate: claim,
    });
  });

  expect(message).toContain('containers[0].volumes.data.claim is a resource that means nothing here');
});

class Elsewhere extends pulumi.ComponentResource {
  public constructor() {
    super('test:index:Elsewhere', 'elsewhere');
  }
}

describe('a certificate', () => {
  test('is made once, from random bytes, and a secret of the state', async () => {
    const { resources } = await deploy(() => new CurveCertificate('key', { metadata }));
    const secret = objectNamed(resources, 'Secret', 'key');
    const { stringData } = secret.inputs as { stringData: Record<string, string> };

    expect(secret.secretPaths).toEqual(expect.arrayContaining(['stringData']));
    expect(Object.keys(stringData)).toEqual(['curve.cert']);
    expect(stringData['curve.cert']!.match(/-key = "[!-~]{40}"/g)).toHaveLength(2);
    const { inputs, options } = one(resources, 'random:index/randomBytes:RandomBytes');
    expect(inputs).toEqual({ length: 32 });
    expect(options.additionalSecretOutputs).toContain('base64');
  });

  test('is what the brokers of a cluster share, with nothing in the cluster that makes one', async () => {
    const { resources } = await deploy(() => {
      const certificate = new CurveCertificate('key', { metadata });
      new MiniClusterJob('job', { ...CLUSTER, certificate, containers: [{ image: IMAGE }] });
    });
    const { template } = (objectNamed(resources, 'Job').inputs as unknown as PodTemplate).spec;

    expect(JSON.stringify(template.spec.volumes)).toContain('"secretName":"key"');
    expect(resources.filter(({ inputs }) => inputs.kind === 'Role')).toEqual([]);
  });
});
