import { ConstructRule, constructRule as rule } from '../construct-rule';

/** What a rule about UsernetesImage says, for messages and for docs/usernetes-image.md. */
export type UsernetesImageRule = ConstructRule;

/** The rules, by what they are about; each is an error. */
export const IMAGE_RULES = {
  unknown: rule(
    'UI001',
    'is no field of UsernetesImage',
    'It would have no effect.',
    'remove it, or write the name of a field',
  ),
  type: rule(
    'UI002',
    'has the wrong type',
    'AWS refuses it, or it does not mean what it says.',
    'write a value of the type that the message names',
  ),
  required: rule(
    'UI003',
    'is missing',
    'The build would find nothing to install, or AWS refuses what it belongs to.',
    'write it, or remove what it belongs to',
  ),
  name: rule(
    'UI004',
    'must be a DNS label of 3 to 40 characters',
    'It names the pipeline and the image, and its bucket begins with it.',
    'use lower-case letters, digits and -, start with a letter and end with a letter or digit',
  ),
  versions: rule(
    'UI005',
    'is no pair of versions that conda-forge has',
    'The build would find no such packages, or a flux-sched that was built for another flux-core.',
    'write one of the pairs that docs/flux-distribute.md lists, or give locks',
  ),
  architecture: rule(
    'UI006',
    'is no architecture for which there is Flux',
    'Nodes of it could not run what is installed.',
    'write Architecture.AMD64 or Architecture.ARM64; for these versions conda-forge may have one of them only',
  ),
  lock: rule(
    'UI007',
    'is no list of packages with checksums',
    'Every build would get other packages, or anybody’s.',
    "write lines 'https://…/NAME-VERSION-BUILD.conda#CHECKSUM', as micromamba env export --explicit prints them, with flux-core among them",
  ),
  url: rule(
    'UI008',
    'must be an address on the web without a secret',
    'Nothing could be downloaded from it, or a password or token in it could be read by whoever may see the pipeline.',
    "write 'https://host/path' without user, password and token; http:// is for a mirror in a network that you trust",
  ),
  checksum: rule(
    'UI009',
    'must be the SHA-256 of the file',
    'Whoever can change the mirror would have all rights on every node.',
    'write the 64 hex digits that sha256sum prints for a file that you trust',
  ),
  commit: rule(
    'UI010',
    'must be a commit of usernetes, in full',
    'A branch or tag may change, and with it what the same image has.',
    'write the 40 hex digits of the commit, or leave it out',
  ),
  compiled: rule(
    'UI011',
    'has no effect on a Flux that is compiled',
    'What is compiled comes from the tarballs of its releases.',
    'remove it, or write FluxBuild.PACKAGES',
  ),
  sources: rule(
    'UI012',
    'is no pair of versions whose tarballs have known checksums',
    'What is compiled could be anybody’s.',
    'write flux-core 0.79.0 or later with its flux-sched, or write FluxBuild.PACKAGES',
  ),
  compiler: rule(
    'UI013',
    'has no compiler for flux-sched, which needs GCC 12',
    'The build would fail.',
    "write '24.04'",
  ),
  parentImage: rule(
    'UI014',
    'is no image that Image Builder can start from',
    'Image Builder refuses the recipe.',
    "write 'ami-…', the ARN of an image of Image Builder, or 'ssm:' and the name of a parameter",
  ),
  oneParent: rule(
    'UI015',
    'and parentImage exclude one another',
    'The library does not guess which is meant.',
    'keep one of the two',
  ),
  ubuntu: rule(
    'UI016',
    'is no release that nodes can have',
    'Container engines and checks are made for these.',
    "write '24.04' or '22.04', or give parentImage",
  ),
  instanceType: rule(
    'UI017',
    'is no name of an instance type',
    'AWS knows no such type.',
    "write family and size with a dot between them: 'm7i.xlarge'",
  ),
  otherArchitecture: rule(
    'UI018',
    'has another architecture than the image',
    'EC2 starts no instance of it from an image of the other architecture.',
    "for arm64 write a type of Graviton ('m7g.xlarge'), for amd64 another one ('m7i.xlarge')",
  ),
  id: rule(
    'UI019',
    'is no id of such a thing',
    'AWS knows no such thing.',
    "write the id: 'subnet-' or 'sg-', and 17 hexadecimal digits",
  ),
  number: rule(
    'UI020',
    'is out of range',
    'AWS refuses it, or the build has no room or no time.',
    'write a whole number in the range that the message names',
  ),
  key: rule(
    'UI021',
    'is no ARN of a key of KMS',
    'AWS refuses it, or takes a key of that name of another account.',
    "write the whole ARN: 'arn:aws:kms:us-east-1:123456789012:key/…'",
  ),
  keyOfRegions: rule(
    'UI022',
    'must be a multi-region key if there are regions',
    'No other region has the key, and the copy of the image fails at the end of the build.',
    "give a key whose id begins with 'mrk-' and that has a replica in each of the regions",
  ),
  region: rule(
    'UI023',
    'must be the name of another region, once',
    'AWS refuses the distribution.',
    "write further regions only, each once: ['eu-central-1']",
  ),
  account: rule(
    'UI024',
    'must be the number of an account, once',
    'AWS refuses the distribution.',
    "write 12 digits in quotes: '123456789012'; there is no way to make the image public",
  ),
  sharedKey: rule(
    'UI025',
    'need a key of KMS that they may use',
    'The key that AWS keeps for EBS works in one account only: nobody else could start the image.',
    'give kmsKeyId, a key whose policy lets these accounts use it',
  ),
  schedule: rule(
    'UI026',
    'is no schedule of Image Builder',
    'Image Builder refuses the pipeline.',
    "write six fields in UTC: 'cron(0 4 ? * sun *)'",
  ),
  document: rule(
    'UI027',
    'makes a component that is longer than the 16,000 characters that Image Builder takes',
    'Image Builder refuses the component.',
    'write shorter addresses',
  ),
  tags: rule(
    'UI028',
    'is no tag that everything can have',
    'AWS refuses it, or it is a tag of the library.',
    'write at most 40 keys of at most 128 characters that begin neither with aws: nor with flux-usernetes: and are not Name, with texts of at most 256 characters',
  ),
  boundary: rule(
    'UI029',
    'is no ARN of a policy',
    'AWS refuses the role of the build.',
    "write it as 'arn:aws:iam::123456789012:policy/NAME'",
  ),
} as const;

/** The rules in the order of their codes. */
export const USERNETES_IMAGE_RULES: readonly UsernetesImageRule[] = Object.values(IMAGE_RULES);
