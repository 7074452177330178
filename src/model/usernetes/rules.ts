import { ConstructRule, constructRule as rule } from '../construct-rule';

/** What a rule about UsernetesCluster says, for messages and for docs/usernetes-cluster.md. */
export type UsernetesRule = ConstructRule;

/** The rules, by what they are about; each is an error. */
export const RULES = {
  unknown: rule(
    'UC001',
    'is no field of UsernetesCluster',
    'It would have no effect.',
    'remove it, or write the name of a field',
  ),
  type: rule(
    'UC002',
    'has the wrong type',
    'AWS refuses it, or it does not mean what it says.',
    'write a value of the type that the message names',
  ),
  required: rule(
    'UC003',
    'is missing',
    'Nothing can be made without it.',
    'write it, or remove what it belongs to',
  ),
  name: rule(
    'UC004',
    'must be a DNS label of at most 40 characters',
    'It starts the host names of all nodes, and names their parameters, roles and groups.',
    'use lower-case letters, digits and -, start with a letter and end with a letter or digit',
  ),
  nodes: rule(
    'UC005',
    'must be a number of nodes',
    'The addresses of pods have room for 256 nodes (10.244.0.0/16, of which each node gets a /24).',
    'write a whole number from 1 to 256, and for maxNodes none below nodes',
  ),
  instanceType: rule(
    'UC006',
    'is no name of an instance type',
    'AWS knows no such type.',
    "write family and size with a dot between them: 'hpc7g.4xlarge'",
  ),
  cidr: rule(
    'UC007',
    'must be a block of IPv4 addresses, beginning with its own first address',
    'AWS refuses it, or lets in others than those that were meant.',
    "write address and prefix: '203.0.113.0/24'; IPv6 is not supported",
  ),
  overlap: rule(
    'UC008',
    'overlaps addresses that the nodes use themselves',
    'Nodes or pods could not reach one another.',
    'choose addresses outside of 10.96.0.0/16 (services), 10.244.0.0/16 (pods) and 10.100.0.0/14 (nodes of Kubernetes)',
  ),
  room: rule(
    'UC009',
    'has no room for the nodes',
    'Nodes would lie beyond the subnet, or on the five addresses that AWS keeps for itself.',
    'choose a larger block or fewer maxNodes: nodes need a block of maxNodes addresses, rounded up to a power of two of at least 16, which is not the first one of the subnet',
  ),
  network: rule(
    'UC010',
    'does not go with the rest of the network',
    'A network is made or exists: what is said of the other kind would have no effect.',
    'give vpcId and subnetId for one that exists, or any of cidr, access and availabilityZone for one that is made',
  ),
  id: rule(
    'UC011',
    'is no id of AWS',
    'AWS finds nothing under it.',
    'write it as AWS shows it: the kind (vpc, subnet, sg, ami, cr), -, and 8 or 17 hexadecimal digits',
  ),
  firstAddress: rule(
    'UC012',
    'can not be the address of rank 0',
    'The addresses of nodes could not be reserved, and others could take them.',
    'write an address that begins a block of maxNodes addresses, rounded up to a power of two of at least 16, or leave it out',
  ),
  world: rule(
    'UC013',
    'lets in all the world',
    'Whoever finds the port may try it: scanners do within minutes.',
    'write the addresses of those who need it; if it must be, write openToTheWorld: true, and 0.0.0.0/0 as cidr',
  ),
  port: rule(
    'UC014',
    'is no port that may be opened',
    'AWS refuses it, or everybody could reach the brokers of Flux or the insides of Kubernetes.',
    'write port and toPort from 1 to 65535 in ascending order; all the world may not reach 8050, 2379, 10250 and 8472',
  ),
  number: rule(
    'UC015',
    'is out of range',
    'AWS refuses it.',
    'write a number in the range that the message names',
  ),
  capacity: rule(
    'UC016',
    'does not go with the rest of capacity',
    'EC2 refuses to start the instances, or starts them elsewhere than in the reservation.',
    'give maxPrice with Market.SPOT only, and with others at most one of reservationId and reservationGroupArn; a capacity block needs reservationId',
  ),
  placement: rule(
    'UC017',
    'and placementGroup exclude one another',
    'An instance is in one placement group, and that one has its own strategy.',
    'keep one of the two',
  ),
  image: rule(
    'UC018',
    'does not go with the rest of image',
    'It would have no effect, or nodes would start without Flux.',
    "give an id, with baked for an image that has everything; or ubuntu ('24.04' or '22.04') and renewal for one that is looked up",
  ),
  baked: rule(
    'UC019',
    'has no effect with a baked image',
    'Nodes use what their image has.',
    'remove it, and give it to the UsernetesImage',
  ),
  arn: rule(
    'UC020',
    'is no ARN of what is meant',
    'Nodes could not read it.',
    "write the whole ARN, as AWS shows it: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:flux-AbCdEf'",
  ),
  tags: rule(
    'UC021',
    'can not be a tag',
    'AWS refuses it, or the nodes overwrite it.',
    'write at most 40 tags of letters, digits, spaces and _.:/=+-@, keys of at most 128 and values of at most 256 characters, none named Name and none that begins with aws: or flux-usernetes:',
  ),
  versions: rule(
    'UC022',
    'is no pair of versions that conda-forge has',
    'The nodes would find no such packages, or a flux-sched that was built for another flux-core.',
    'write one of the pairs that docs/flux-distribute.md lists, or give locks',
  ),
  architecture: rule(
    'UC023',
    'is of an architecture for which there is no Flux',
    'Nodes could not run what is installed.',
    'choose an instance type of x86_64 or arm64',
  ),
  lock: rule(
    'UC024',
    'is no list of packages with checksums',
    'Nodes that join later would get other packages, or anybody’s.',
    "write lines 'https://…/NAME-VERSION-BUILD.conda#CHECKSUM', as micromamba env export --explicit prints them, with flux-core among them",
  ),
  url: rule(
    'UC025',
    'must be an address on the web without a secret',
    'Nothing could be downloaded from it, or everybody on a node could read the password in it.',
    "write 'https://host/path' without user, password and token; http:// is for a mirror in a network that you trust",
  ),
  checksum: rule(
    'UC026',
    'must be the SHA-256 of the file',
    'Whoever can change the mirror would have all rights on every node.',
    'write the 64 hex digits that sha256sum prints for a file that you trust',
  ),
  commit: rule(
    'UC027',
    'must be a commit',
    'A branch or tag may name something else tomorrow, and nodes would differ.',
    'write all 40 hexadecimal digits, in lower case',
  ),
  zone: rule(
    'UC028',
    'is no availability zone that has the instance type',
    'AWS knows no such zone, or can start no such instance in it.',
    "write its name: 'us-east-1a'",
  ),
  unsupported: rule(
    'UC029',
    'is not supported by the instance type',
    'EC2 refuses to start the instances.',
    'leave it out, or choose another instance type',
  ),
  imageArchitecture: rule(
    'UC030',
    'is an image of another architecture than that of the instance type',
    'No node would start.',
    'choose an image or an instance type of the same architecture',
  ),
  rootVolume: rule(
    'UC031',
    'is smaller than the image',
    'EC2 refuses to start the instances.',
    'write at least the size that the message names',
  ),
  otherVpc: rule(
    'UC032',
    'is a subnet of another VPC',
    'Its nodes could not have the security group, which belongs to the VPC.',
    'give the VPC of the subnet, or a subnet of the VPC',
  ),
  dns: rule(
    'UC033',
    'is a VPC without DNS support',
    'Nodes could not find AWS, nor anything that they fetch.',
    'turn on enableDnsSupport of the VPC',
  ),
  userData: rule(
    'UC034',
    'makes user data that is too long for EC2',
    'EC2 refuses to start the instances.',
    'write shorter addresses of mirrors, or bake an image',
  ),
  lookUp: rule(
    'UC035',
    "can't be looked up",
    'EC2 knows no such thing in this region, or the account may not look.',
    'check it against the region, and the rights of the account',
  ),
  description: rule(
    'UC036',
    'is no description that EC2 takes',
    'EC2 refuses the rule of the security group.',
    'write at most 255 letters without accents, digits, blanks and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *',
  ),
  twice: rule('UC037', 'is there twice', 'EC2 refuses the second one.', 'remove one of the two'),
  later: rule(
    'UC038',
    'must be known when the program runs',
    'What is made depends on it: resources would be left out, without a word.',
    'write a plain value, or read it from the configuration of the stack',
  ),
  ofImage: rule(
    'UC039',
    'does not go with the image',
    'No node would come up: the image is made for something else.',
    'change it, or make an image that has it',
  ),
} as const;

/** The rules in the order of their codes. */
export const USERNETES_RULES: readonly UsernetesRule[] = Object.values(RULES);
