/** What UsernetesImage registers, and what its document does on a machine. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';

import { UsernetesCluster } from '../../src/aws/usernetes-cluster';
import { UsernetesImage } from '../../src/aws/usernetes-image';
import { UsernetesImageArgs } from '../../src/aws/usernetes-image-args';
import { USERNETES_COMMIT, imageBundle } from '../../src/model/usernetes';
import { checkUsernetesImage } from '../../src/model/usernetes/image-check';
import {
  DocumentStep,
  ImageDocument,
  LARGEST_DOCUMENT,
  checkDocument,
  documentText,
  imageDocument,
  versionOf,
} from '../../src/model/usernetes/image-document';
import { USERNETES_IMAGE_RULES } from '../../src/model/usernetes/image-rules';
import { Architecture, FluxBuild, UsernetesImageSpec } from '../../src/model/usernetes/image-spec';
import { ACCOUNT, REGION } from '../support/aws-account';
import { Registered, all, deploy, failureOf, labelOf, one, valueOf } from '../support/pulumi-deploy';
import { IMAGES, deployImage } from '../support/usernetes-images';

const TYPES = {
  image: 'flux-framework-constructs:index:UsernetesImage',
  component: 'aws:imagebuilder/component:Component',
  recipe: 'aws:imagebuilder/imageRecipe:ImageRecipe',
  infrastructure: 'aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration',
  distribution: 'aws:imagebuilder/distributionConfiguration:DistributionConfiguration',
  pipeline: 'aws:imagebuilder/imagePipeline:ImagePipeline',
  build: 'aws:imagebuilder/image:Image',
  policy: 'aws:iam/rolePolicy:RolePolicy',
  object: 'aws:s3/bucketObjectv2:BucketObjectv2',
} as const;

const NAMES = Object.keys(IMAGES);
const deployed = new Map<string, readonly Registered[]>();

beforeAll(async () => {
  for (const [name, args] of Object.entries(IMAGES))
    deployed.set(name, (await deploy(() => new UsernetesImage(name, args))).resources);
});

function resourcesOf(name: string): readonly Registered[] {
  return deployed.get(name) ?? [];
}

function documentOf(resources: readonly Registered[]): ImageDocument {
  return parse(String(one(resources, TYPES.component).inputs.data)) as ImageDocument;
}

/** What follows from the scripts of nodes, which change. */
function withoutDigests(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/\b1\.0\.\d+\b/g, '1.0.VERSION')
    .replace(/boot-[0-9a-f]{16}/g, 'boot-DIGEST')
    .replace(/\b[0-9a-f]{64}\b/g, 'SHA256');
  return JSON.parse(text) as unknown;
}

test('an image consists of a pipeline, what it is made of, and the build', () => {
  const shown = resourcesOf('flux-node').map(({ inputs, dependsOn, options, ...resource }) => [
    labelOf(resource),
    {
      dependsOn,
      timeout: options.customTimeouts.create,
      inputs: withoutDigests({ ...inputs, source: undefined }),
    },
  ]);
  expect(Object.fromEntries(shown)).toMatchSnapshot();
});

test.each(NAMES)(
  '%s: everything belongs to the component, is named after it and says so in its tags',
  (name) => {
    const tags: unknown[] = [];
    for (const each of resourcesOf(name).filter(({ type }) => type !== TYPES.image)) {
      expect([labelOf(each), each.parent]).toEqual([labelOf(each), `UsernetesImage ${name}`]);
      expect(each.name === name || each.name.startsWith(`${name}-`)).toBe(true);
      if (each.inputs.tags !== undefined) tags.push(each.inputs.tags);
    }
    const title = IMAGES[name]?.imageName ?? name;
    expect(tags).toHaveLength(10);
    for (const each of tags)
      expect(each).toMatchObject({
        'flux-usernetes:image': title,
        ...(IMAGES[name]?.tags as object | undefined),
      });
  },
);

test.each(NAMES)('%s: nothing is unencrypted, public or reached by the old metadata service', (name) => {
  const recipe = one(resourcesOf(name), TYPES.recipe).inputs;
  expect(recipe.blockDeviceMappings).toEqual([
    { deviceName: '/dev/sda1', ebs: expect.objectContaining({ encrypted: 'true', volumeType: 'gp3' }) },
  ]);
  expect(recipe).toMatchObject({ systemsManagerAgent: { uninstallAfterBuild: false } });
  expect(recipe).not.toHaveProperty('userDataBase64');
  const infrastructure = one(resourcesOf(name), TYPES.infrastructure).inputs;
  expect(infrastructure).toMatchObject({
    instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
  });
  expect(infrastructure).not.toHaveProperty('keyPair');
  expect(JSON.stringify(one(resourcesOf(name), TYPES.distribution).inputs)).not.toContain('userGroups');
});

test.each(NAMES)('%s: the build waits for its rights, its scripts and its log', (name) => {
  for (const type of [TYPES.build, TYPES.pipeline])
    expect(one(resourcesOf(name), type).dependsOn).toEqual(
      expect.arrayContaining([
        `RolePolicy ${name}-build`,
        `BucketObjectv2 ${name}-boot`,
        `LogGroup ${name}`,
        `ImageRecipe ${name}`,
      ]),
    );
});

test.each(NAMES)('%s: the document fits, and no secret is in it', (name) => {
  const { data } = one(resourcesOf(name), TYPES.component).inputs;
  expect(String(data).length).toBeLessThan(LARGEST_DOCUMENT);
  expect(checkDocument(String(data))).toEqual([]);
  // Image Builder would read it as an expression of its own.
  expect(data).not.toContain('{{');
  expect(data).not.toMatch(/secret-key|parameter\/flux-usernetes|PRIVATE KEY/);
  expect(documentOf(resourcesOf(name)).phases.map((phase) => phase.name)).toEqual([
    'build',
    'validate',
    'test',
  ]);
});

test('builds may read one object and one component, and write one log', () => {
  const { Statement } = JSON.parse(String(one(resourcesOf('flux-node'), TYPES.policy).inputs.policy)) as {
    Statement: readonly { Sid: string; Resource: readonly string[] }[];
  };
  const found = Object.fromEntries(Statement.map(({ Sid, Resource }) => [Sid, Resource]));
  const bucket = 'flux-flux-node-20260101000000000000000001';
  expect(found.Scripts).toEqual([
    `arn:aws:s3:::${bucket}/${String(one(resourcesOf('flux-node'), TYPES.object).inputs.key)}`,
  ]);
  expect(found.Component).toEqual([`arn:aws:imagebuilder:${REGION}:${ACCOUNT}:component/flux-node/*`]);
  expect(found.Runner).toEqual(['arn:aws:s3:::ec2imagebuilder*']);
  const open = Statement.filter(({ Resource }) => Resource.includes('*')).map(({ Sid }) => Sid);
  expect(open).toEqual(['Sessions', 'Commands']);
});

test('an image is copied and shared with the key of each region', () => {
  const { inputs } = one(resourcesOf('shared'), TYPES.distribution);
  const distributions = inputs.distributions as readonly {
    readonly region: string;
    readonly amiDistributionConfiguration: object;
  }[];
  expect(distributions.map(({ region }) => region)).toEqual([REGION, 'eu-central-1', 'us-east-2']);
  for (const { region, amiDistributionConfiguration } of distributions)
    expect(amiDistributionConfiguration).toMatchObject({
      name: 'shared-node-{{ imagebuilder:buildDate }}',
      kmsKeyId: `arn:aws:kms:${region}:${ACCOUNT}:key/mrk-1234567890abcdef1234567890abcdef`,
      launchPermission: { userIds: ['210987654321'] },
    });
});

test('options reach the resources that they are about', () => {
  const [compiled, shared] = [resourcesOf('compiled'), resourcesOf('shared')];
  expect(one(compiled, TYPES.infrastructure).inputs).toMatchObject({
    terminateInstanceOnFailure: false,
    instanceTypes: ['m7g.2xlarge', 'm6g.2xlarge'],
  });
  expect(one(compiled, TYPES.build).options.customTimeouts.create).toBe('10800s');
  expect(one(compiled, TYPES.recipe).inputs.parentImage).toMatch(/^ssm:\/aws.*\/24\.04\/.*\/arm64\//);
  expect(one(shared, TYPES.infrastructure).inputs).toMatchObject({
    terminateInstanceOnFailure: true,
    instanceTypes: ['c7g.4xlarge'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  });
  expect(one(shared, TYPES.pipeline).inputs.schedule).toEqual({
    scheduleExpression: 'cron(0 4 ? * sun *)',
    pipelineExecutionStartCondition: 'EXPRESSION_MATCH_ONLY',
  });
  expect(one(shared, 'aws:iam/role:Role').inputs.permissionsBoundary).toBe(
    `arn:aws:iam::${ACCOUNT}:policy/bound`,
  );
  expect(one(resourcesOf('older'), TYPES.recipe).inputs.parentImage).toContain('/22.04/');
});

test('a cluster takes the image as it is, in the region of the provider', async () => {
  const { result, resources } = await deploy(
    () => {
      const image = new UsernetesImage('flux-node', {});
      return new UsernetesCluster('hpc', { nodes: 1, instanceType: 'm7i.large', image: image.image });
    },
    {
      account: {
        images: {
          [await idOfImage()]: { architecture: 'x86_64', rootDeviceName: '/dev/sda1', rootVolumeSize: 30 },
        },
      },
    },
  );
  expect(await valueOf(result.imageId)).toBe(await idOfImage());
  expect(all(resources, TYPES.build)).toHaveLength(1);
});

async function idOfImage(): Promise<string> {
  return valueOf((await deployImage()).result.imageId);
}

test('a preview needs no image, and makes none on input that does not fit', async () => {
  const { resources } = await deployImage({}, { preview: true });
  expect(resources).toHaveLength(resourcesOf('flux-node').length);
  const bad = await failureOf(() => {
    const subnet = new ec2.Subnet('theirs', { vpcId: 'vpc-0123456789abcdef0' });
    return new UsernetesImage('flux-node', { subnetId: subnet.id, securityGroupIds: [subnet.id] });
  });
  expect(bad.message).toContain('securityGroupIds[0] is no id of such a thing');
  expect(bad.resources.map(labelOf)).not.toContain('Image flux-node');
});

async function versionsOf(args: UsernetesImageArgs = {}): Promise<readonly unknown[]> {
  const { resources } = await deployImage(args);
  return [TYPES.component, TYPES.recipe].map((type) => one(resources, type).inputs.version);
}

test('the same content is the same version, other content another one', async () => {
  const [component, recipe] = await versionsOf();
  expect(
    await versionsOf({ timeout: 3600, keepFailed: true, schedule: 'rate(7 days)', tags: { team: 'hpc' } }),
  ).toEqual([component, recipe]);
  for (const version of [component, recipe]) {
    const [, number = ''] = /^1\.0\.(\d+)$/.exec(String(version)) ?? [];
    expect(Number(number)).toBeLessThan(2 ** 30);
  }
  const [renewed, renewedRecipe] = await versionsOf({ renewal: '2' });
  expect([renewed === component, renewedRecipe === recipe]).toEqual([true, false]);
  const [other, otherRecipe] = await versionsOf({ versions: { fluxCore: '0.84.0' } });
  expect([other === component, otherRecipe === recipe]).toEqual([false, false]);
  expect((await versionsOf({ volumeSize: 40 }))[1]).not.toBe(recipe);
});

test('another script is another version', () => {
  const object = { bucket: 'b', key: 'k', sha256: 'a'.repeat(64) };
  const versionFor = (sha256: string): string =>
    versionOf(documentText(imageDocument({}, { ...object, sha256 })));
  expect(versionFor(object.sha256)).toBe(versionFor(object.sha256));
  expect(versionFor('b'.repeat(64))).not.toBe(versionFor(object.sha256));
});

/** Specs that do not fit, by the code that says why; the path is where. */
const WRONG: readonly (readonly [string, string, unknown])[] = [
  ['UI001', 'size', { size: 3 }],
  ['UI002', 'efa', { efa: 'yes' }],
  ['UI002', 'flux', { flux: 'compiled' }],
  ['UI003', 'securityGroupIds', { subnetId: 'subnet-0123456789abcdef0' }],
  [
    'UI003',
    'locks.arm64',
    { architecture: 'arm64', locks: { amd64: 'https://a/linux-64/flux-core-1-0.conda#' + 'a'.repeat(32) } },
  ],
  ['UI004', 'imageName', { imageName: 'Flux_Node' }],
  ['UI004', 'imageName', { imageName: 'f' }],
  ['UI005', 'versions', { versions: { fluxCore: '0.70.0' } }],
  ['UI007', 'locks.amd64', { locks: { amd64: 'flux-core' } }],
  ['UI008', 'mirror.channel', { mirror: { channel: 'ftp://conda' } }],
  ['UI010', 'usernetesCommit', { usernetesCommit: 'main' }],
  ['UI011', 'locks', { flux: 'compiled-with-security', locks: { amd64: 'x' } }],
  ['UI012', 'versions', { flux: 'compiled-with-security', versions: { fluxCore: '0.78.0' } }],
  ['UI013', 'ubuntu', { flux: 'compiled-with-security', ubuntu: '22.04' }],
  ['UI014', 'parentImage', { parentImage: 'ubuntu' }],
  ['UI015', 'ubuntu', { parentImage: 'ami-0123456789abcdef0', ubuntu: '24.04' }],
  ['UI016', 'ubuntu', { ubuntu: '20.04' }],
  ['UI017', 'instanceType', { instanceType: 'large' }],
  ['UI018', 'instanceType', { instanceType: 'm7g.large' }],
  ['UI018', 'instanceType', { instanceType: 'c5n.large', architecture: 'arm64' }],
  ['UI019', 'securityGroupIds[0]', { securityGroupIds: ['default'] }],
  ['UI020', 'volumeSize', { volumeSize: 8 }],
  ['UI020', 'timeout', { timeout: 60 }],
  ['UI021', 'kmsKeyId', { kmsKeyId: 'alias/flux' }],
  [
    'UI022',
    'kmsKeyId',
    { kmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222`, regions: ['us-east-1'] },
  ],
  ['UI023', 'regions[1]', { regions: ['us-east-1', 'us-east-1'] }],
  ['UI024', 'accountIds[0]', { accountIds: ['all'], kmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1` }],
  ['UI025', 'accountIds', { accountIds: ['210987654321'] }],
  ['UI026', 'schedule', { schedule: '0 4 * * *' }],
  ['UI028', "tags['Name']", { tags: { Name: 'mine' } }],
];

test.each(WRONG)('%s at %s', (code, path, spec) => {
  const problems = checkUsernetesImage(spec as UsernetesImageSpec);
  expect(problems.map((problem) => [problem.code, problem.path])).toContainEqual([code, path]);
});

test('what fits has no problems, and codes are there once', () => {
  for (const args of Object.values(IMAGES)) {
    const { permissionsBoundary, ...spec } = args;
    expect(checkUsernetesImage(spec as UsernetesImageSpec)).toEqual([]);
  }
  for (const [instanceType, architecture] of [
    ['g4dn.xlarge', Architecture.AMD64],
    ['g5g.xlarge', Architecture.ARM64],
    ['im4gn.large', Architecture.ARM64],
    ['a1.large', Architecture.ARM64],
    ['x2iedn.xlarge', Architecture.AMD64],
  ] as const)
    expect(checkUsernetesImage({ instanceType, architecture })).toEqual([]);
  const codes = USERNETES_IMAGE_RULES.map(({ code }) => code);
  expect(codes).toEqual(codes.map((_, index) => `UI${String(index + 1).padStart(3, '0')}`));
});

test('the error names each property and what to write', async () => {
  const { error, message } = await failureOf(
    () => new UsernetesImage('flux-node', { volumeSize: 8, ubuntu: '20.04' }),
  );
  expect(error).toBeInstanceOf(pulumi.InputPropertiesError);
  expect(message.split('\n').slice(0, 3)).toEqual([
    '[flux-node] UsernetesImage is not valid:',
    `  - ubuntu is no release that nodes can have, got "20.04"; write '24.04' or '22.04', or give parentImage (UI016)`,
    '  - volumeSize must be from 20 to 16384, got 8; write a whole number in the range that the message names (UI020)',
  ]);
});

interface Done {
  readonly code: number | null;
  /** With the paths that the scripts have. */
  readonly output: string;
}

const NOBODY = 65_534;

/** A machine whose own folders, named by absolute paths in scripts, lie in a folder. */
class Machine {
  public readonly root = mkdtempSync(join(tmpdir(), 'image-'));
  private readonly bin = join(this.root, 'stand-ins');

  public constructor() {
    mkdirSync(this.bin);
    // Each stand-in notes how it was called; flux-core's configure is a file of the tarball.
    for (const program of ['apt-get', 'cloud-init', 'systemctl', 'sync', 'dpkg', 'chown', 'runuser'])
      this.program(program, `echo "${program} $*" >>"${this.root}/calls"`);
    this.program('dpkg', 'echo amd64');
  }

  public program(name: string, text: string): void {
    this.write(`stand-ins/${name}`, `#!/bin/bash\n${text}\n`, 0o755);
  }

  public path(path: string): string {
    return join(this.root, path);
  }

  public write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  public has(path: string): boolean {
    return existsSync(this.path(path));
  }

  public read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** A script with its absolute paths in this folder. */
  public own(text: string): string {
    return text.replace(/(?<![\w./}])\/(?=(?:etc|opt|var|run|root|home|dev\/console)\b)/g, `${this.root}/`);
  }

  /** As somebody who may change nothing else on this machine. */
  public run(text: string): Done {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) spawnSync('chown', ['--recursive', '--no-dereference', String(NOBODY), this.root]);
    const done = spawnSync('bash', ['-c', this.own(text)], {
      env: { PATH: `${this.bin}:/usr/sbin:/usr/bin:/bin`, FLUX_USERNETES_PAUSE: '0', HOME: this.root },
      cwd: this.root,
      encoding: 'utf8',
      timeout: 20_000,
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    });
    return { code: done.status, output: (done.stdout + done.stderr).replaceAll(this.root, '') };
  }

  /** What a step of a document does; the scripts that it starts are those in this folder. */
  public step({ inputs }: DocumentStep): Done {
    return this.run((inputs as { commands: readonly string[] }).commands.join('\n'));
  }
}

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => {
  rmSync(machine.root, { recursive: true, force: true });
});

const BUNDLE_FILE = 'var/tmp/flux-usernetes-bundle.json';

function stepsOf(spec: UsernetesImageSpec, sha256: string, phase = 'build'): Record<string, DocumentStep> {
  const text = documentText(imageDocument(spec, { bucket: 'b', key: 'k', sha256 }));
  const { phases } = parse(text) as ImageDocument;
  const { steps } = phases.find(({ name }) => name === phase)!;
  return Object.fromEntries(steps.map((step) => [step.name, step]));
}

/** A bundle with the real scripts, whose paths are those of the machine. */
function putBundle(): string {
  const { files } = JSON.parse(imageBundle().text) as {
    files: { path: string; mode: string; text: string }[];
  };
  const text = JSON.stringify({ files: files.map((file) => ({ ...file, text: machine.own(file.text) })) });
  machine.write(BUNDLE_FILE, text);
  return createHash('sha256').update(text).digest('hex');
}

function unpacked(spec: UsernetesImageSpec = {}): Record<string, DocumentStep> {
  const steps = stepsOf(spec, putBundle());
  const { code, output } = machine.step(steps.Unpack!);
  expect([code, output]).toEqual([0, '']);
  return steps;
}

test('the build unpacks scripts whose checksum is right', () => {
  const { FetchScripts } = stepsOf({}, 'a'.repeat(64));
  expect(FetchScripts).toMatchObject({
    action: 'S3Download',
    inputs: [{ source: 's3://b/k', destination: `/${BUNDLE_FILE}` }],
  });
  unpacked({ mirror: { channel: "https://conda.example.com/it's" } });
  expect(statSync(machine.path('opt/flux-usernetes/boot.sh')).mode & 0o777).toBe(0o755);
  expect(machine.read('opt/flux-usernetes/.bundle')).toMatch(/^[0-9a-f]{64}$/);
  expect(machine.has(BUNDLE_FILE)).toBe(false);
  expect(machine.read('calls')).toBe('cloud-init status --wait\n');
  expect(JSON.parse(machine.read('etc/flux-usernetes/cluster.json'))).toMatchObject({
    cluster: 'image',
    maxNodes: 1,
    engine: 'docker',
    flux: { channel: "https://conda.example.com/it's" },
    limits: { step: 3600 },
  });
});

test('the build refuses scripts whose checksum is another one, before anything of them is there', () => {
  const sha256 = putBundle();
  machine.write(BUNDLE_FILE, machine.read(BUNDLE_FILE).replace('"files"', '"files" '));
  const { code, output } = machine.step(stepsOf({}, sha256).Unpack!);
  expect(code).toBe(1);
  expect(output).toMatch(
    /^the scripts in S3 are not those of this image: their checksum is [0-9a-f]{64}, not /,
  );
  expect(machine.has('opt/flux-usernetes')).toBe(false);
  expect(machine.has('etc/flux-usernetes/cluster.json')).toBe(false);
});

test('the settings of the build are ones that the boot reads', () => {
  unpacked({ efa: true });
  machine.write('etc/os-release', 'VERSION_CODENAME=noble\n');
  const { code, output } = machine.run(
    'FLUX_USERNETES_IMAGE=1 python3 /opt/flux-usernetes/boot_settings.py shell',
  );
  expect([code, output]).toEqual([0, expect.stringContaining('HAS_EFA=yes')]);
  expect(output).toContain('LIMIT_STEP=3600');
});

test('Flux is compiled from tarballs with their checksums, and leaves no key of munge', () => {
  const { CompileFlux } = unpacked({ flux: FluxBuild.COMPILED_WITH_SECURITY });
  const tarballs = makeTarballs();
  machine.write('etc/munge/munge.key', 'made by the package');
  const given = (CompileFlux!.inputs as { commands: readonly string[] }).commands[0] ?? '';
  expect(given).toContain(
    "FLUX_CORE_URL='https://github.com/flux-framework/flux-core/releases/download/v0.85.0/flux-core-0.85.0.tar.gz'",
  );
  const text = given.replace(
    /(export FLUX_(\w+)_SHA256=)'[0-9a-f]{64}'/g,
    (_, start: string, name: string) => `${start}'${tarballs[name] ?? ''}'`,
  );
  const { code, output } = machine.run(text);
  expect([code, output]).toEqual([0, expect.stringContaining('compiled flux-sched in')]);
  const calls = machine.read('calls');
  expect(calls).toMatch(/apt-get .*install .* munge /);
  expect(calls.match(/^(?:configure|cmake|make) .*$/gm)).toEqual([
    `configure flux-security --quiet --prefix=${machine.root}/opt/flux`,
    expect.stringMatching(/^make --silent -j \d+$/),
    'make --silent install',
    `configure flux-core --quiet --prefix=${machine.root}/opt/flux --with-flux-security --disable-docs`,
    expect.stringMatching(/^make --silent -j \d+$/),
    'make --silent install',
    expect.stringContaining(`-DCMAKE_INSTALL_PREFIX=${machine.root}/opt/flux`),
    expect.stringMatching(/^cmake --build build/),
    'cmake --install build',
  ]);
  expect(machine.read('etc/flux-usernetes/flux-prefix')).toBe(`${machine.root}/opt/flux\n`);
  expect(machine.has('etc/munge/munge.key')).toBe(false);
  expect(machine.has('var/tmp/flux-build')).toBe(false);
  expect(statSync(machine.path('opt/flux/libexec/flux/flux-imp')).mode & 0o7777).toBe(0o4755);
  expect(machine.read('opt/flux/etc/flux/imp/conf.d/imp.toml')).toContain('allowed-users = ["flux"]');
});

test('a tarball that is another one ends the build', () => {
  const { CompileFlux } = unpacked({ flux: FluxBuild.COMPILED_WITH_SECURITY });
  makeTarballs();
  const { code } = machine.step(CompileFlux!);
  expect(code).toBe(1);
  expect(machine.read('run/flux-usernetes/failure')).toMatch(
    /^what https:\S+flux-security-0\.14\.0\.tar\.gz has is not what it should be: its checksum is/,
  );
  expect(machine.has('opt/flux')).toBe(false);
});

/** Tarballs that note how they are compiled, from which `curl` takes; their checksums by name. */
function makeTarballs(): Record<string, string> {
  const root = machine.root;
  machine.program(
    'curl',
    `while [[ $# -gt 1 ]]; do [[ $1 != --output ]] || to=$2; shift; done\ncp "${root}/\${1##*/}" "$to"`,
  );
  machine.program('make', `echo "make $*" >>"${root}/calls"`);
  machine.program('cmake', `echo "cmake $*" >>"${root}/calls"`);
  const imp = `mkdir -p "${root}/opt/flux/libexec/flux" "${root}/opt/flux/bin"; : >"${root}/opt/flux/libexec/flux/flux-imp"; printf '#!/bin/sh\\necho commands: 0.85.0' >"${root}/opt/flux/bin/flux"; chmod 755 "${root}/opt/flux/bin/flux"`;
  const versions = { SECURITY: 'flux-security-0.14.0', CORE: 'flux-core-0.85.0', SCHED: 'flux-sched-0.51.0' };
  return Object.fromEntries(
    Object.entries(versions).map(([key, folder]) => {
      const name = folder.replace(/-[0-9.]+$/, '');
      machine.write(
        `${folder}/configure`,
        `#!/bin/bash\necho "configure ${name} $*" >>"${root}/calls"\n${imp}\n`,
        0o755,
      );
      spawnSync('tar', ['--create', '--gzip', '--file', `${folder}.tar.gz`, folder], { cwd: root });
      return [
        key,
        createHash('sha256')
          .update(readFileSync(machine.path(`${folder}.tar.gz`)))
          .digest('hex'),
      ];
    }),
  );
}

const LEFTOVERS: readonly (readonly [string, string])[] = [
  ['etc/ssh/ssh_host_ed25519_key', 'a host key'],
  ['home/ubuntu/.ssh/authorized_keys', 'a key that lets somebody in'],
  ['root/.bash_history', 'a history of commands'],
  ['etc/munge/munge.key', 'a key of munge'],
  ['etc/flux/system/curve.cert', 'a certificate of Flux'],
  ['etc/flux-usernetes/cluster.json', 'the settings of the build'],
  ['var/lib/systemd/random-seed', 'a random seed'],
  ['var/log/flux-usernetes.log', 'a log of the build'],
];

function putLeftovers(): void {
  for (const [path] of LEFTOVERS) machine.write(path, 'left');
  machine.write('var/lib/cloud/instances/i-1/user-data.txt', 'left');
  machine.write('var/log/syslog.1', 'left');
  machine.write('var/log/syslog', 'left');
  machine.write('etc/machine-id', '0123456789abcdef0123456789abcdef\n');
  machine.write('var/lib/flux-usernetes-boot/steps/30-flux.done', 'digest');
  machine.program(
    'cloud-init',
    `[[ $1 != clean ]] || rm -rf "${machine.root}"/var/lib/cloud/* "${machine.root}"/var/log/cloud-init*`,
  );
}

test('the clean-up leaves nothing that the check finds, and keeps what was installed', () => {
  const steps = unpacked();
  const settings = machine.read('etc/flux-usernetes/cluster.json');
  putLeftovers();
  machine.write('etc/flux-usernetes/cluster.json', settings);
  const { code, output } = machine.step(steps.CleanUp!);
  expect([code, output]).toEqual([0, '']);
  const checked = machine.step(stepsOf({}, '', 'validate').CheckLeftovers!);
  expect(checked).toEqual({ code: 0, output: 'no fault found (leftovers)\n' });
  expect(machine.read('etc/machine-id')).toBe('');
  expect(machine.read('var/log/syslog')).toBe('');
  expect(machine.read('var/lib/flux-usernetes-boot/steps/30-flux.done')).toBe('digest');
  // Nodes that start from the image read there what it has.
  const baked = JSON.parse(machine.read('etc/flux-usernetes/baked.json')) as unknown;
  expect(baked).toMatchObject({ engine: 'docker', usernetes: { commit: USERNETES_COMMIT } });
  expect(readdirSync(machine.path('var/log'))).toEqual(['syslog']);
});

test('the check names each leftover', () => {
  unpacked();
  putLeftovers();
  machine.write('etc/ssl/private/site.pem', '-----BEGIN EC PRIVATE KEY-----\n');
  symlinkSync('nowhere', machine.path('var/lib/cloud/instance'));
  const { code, output } = machine.step(stepsOf({}, '', 'validate').CheckLeftovers!);
  expect(code).toBe(1);
  for (const [path, what] of LEFTOVERS) expect(output).toContain(`fault: ${what} is left: /${path}\n`);
  expect(output).toContain('fault: the state of cloud-init is left');
  expect(output).toContain('fault: /etc/machine-id says which machine this was');
  expect(output).toContain('fault: a private key is left: /etc/ssl/private/site.pem');
});

test('an instance of the image is checked for its own identity, and its programs', () => {
  unpacked();
  const { CheckIdentity, CheckPrograms } = stepsOf({}, '', 'test');
  expect(machine.step(CheckIdentity!)).toEqual({
    code: 1,
    output: 'fault: /etc/machine-id is empty\nfault: no host key was made\n',
  });
  machine.write('etc/machine-id', '0123456789abcdef0123456789abcdef\n');
  machine.write('etc/ssh/ssh_host_ed25519_key', 'its own');
  expect(machine.step(CheckIdentity!).code).toBe(0);

  machine.program('id', 'echo 1001');
  machine.write('opt/flux/bin/flux', '#!/bin/sh\necho commands: 0.85.0\n', 0o755);
  machine.write('opt/usernetes/.commit', '9658658396ec51fe74a8e9f2bc0b62792a7223e5\n');
  machine.program('runuser', `echo "\${@: -4}" >>"${machine.root}/calls"`);
  expect(machine.step(CheckPrograms!).output).toContain(
    'fault: the images of flannel, /opt/usernetes-images/',
  );
  machine.write('opt/usernetes-images/flannel-9658658396ec.tar', 'images');
  machine.program('kubectl', 'exit 1');
  expect(machine.step(CheckPrograms!).output).toContain("fault: kubectl doesn't run");
  machine.program('kubectl', 'exit 0');
  expect(machine.step(CheckPrograms!)).toEqual({
    code: 0,
    output: 'commands: 0.85.0\nno fault found (programs)\n',
  });
  expect(machine.read('calls')).toContain('docker image inspect flux-usernetes-node:9658658396ec');
  machine.write('opt/usernetes/.commit', 'another\n');
  expect(machine.step(CheckPrograms!).output).toContain(
    'is not usernetes at 9658658396ec51fe74a8e9f2bc0b62792a7223e5',
  );
});
