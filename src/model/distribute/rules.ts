import { ConstructRule, constructRule as rule } from '../construct-rule';

/** What a rule about Flux on the nodes says, for messages and for docs/flux-distribute.md. */
export type FluxDistributeRule = ConstructRule;

/** The rules, by what they are about; each is an error. */
export const RULES = {
  unknown: rule(
    'FD001',
    'is no field of FluxDistribute',
    'It would have no effect.',
    'remove it, or write the name of a field',
  ),
  type: rule(
    'FD002',
    'has the wrong type',
    'The API server refuses the object, or the field does not mean what it says.',
    'write a value of the type that the message names',
  ),
  name: rule(
    'FD003',
    'must be a DNS label of at most 40 characters',
    'It starts the names of all objects, and names the folders on the nodes.',
    'use lower-case letters, digits and -, start with a letter and end with a letter or digit',
  ),
  namespace: rule(
    'FD004',
    'is needed',
    'The right to see the nodes is given to an account of one namespace by its name.',
    'give the namespace in metadata, or to the chart',
  ),
  versions: rule(
    'FD005',
    'is no pair of versions that conda-forge has',
    'The nodes would find no such packages, or a flux-sched that was built for another flux-core.',
    'write one of the pairs that docs/flux-distribute.md lists, or give locks, tarballs or a prefix',
  ),
  architecture: rule(
    'FD006',
    'is no architecture for which there is Flux',
    'Nodes of it could not run what is installed.',
    "write 'amd64', 'arm64' or both, each once; for these versions conda-forge may have one of them only",
  ),
  image: rule(
    'FD007',
    'must name an image by digest',
    'It runs with all rights on every node, and what a tag names may change.',
    "end it in '@sha256:' and 64 hex digits, or leave it out",
  ),
  port: rule(
    'FD008',
    'must be a port that is free on nodes',
    'Brokers could not bind to it, or would keep the node itself from working.',
    'write a whole number from 1024 to 29999 that neither Kubernetes nor etcd uses (2379, 2380, 6443, 9099, 10248 to 10259)',
  ),
  sources: rule(
    'FD009',
    'and another source of Flux exclude one another',
    'A node has one Flux; the library does not guess which is meant.',
    'keep one: versions with locks and mirror, tarballs, or prefix',
  ),
  checksum: rule(
    'FD010',
    'must be the SHA-256 of the file',
    'Whoever can change the mirror or the file would have all rights on every node.',
    'write the 64 hex digits that sha256sum prints for a file that you trust',
  ),
  url: rule(
    'FD011',
    'must be an address on the web without a secret',
    'Nothing could be downloaded from it, or a password or token in it would stand in a ConfigMap.',
    "write 'https://host/path' without user, password and token; http:// is for a mirror or a proxy in a network that you trust",
  ),
  directory: rule(
    'FD012',
    'must be a folder of its own',
    'What is in it is replaced, and removed at the end.',
    'write an absolute path of letters, digits and _.+-, which is no folder of the system and lies in none of the others',
  ),
  ownSelector: rule(
    'FD013',
    'is set by the library',
    'The pods would start on nodes that can not run them, or on none.',
    'remove it, and use architectures',
  ),
  cores: rule(
    'FD014',
    'must be the cores of a node',
    'Flux would book none, or nodes would be refused.',
    "write ranges of numbers from 0, in ascending order: '0-7' or '0-3,8-11'",
  ),
  topology: rule(
    'FD015',
    'is no shape of the overlay network',
    'The brokers would not start.',
    "write 'flat', 'kary:2' (or more), 'binomial' or 'mincrit:2' (or more)",
  ),
  number: rule(
    'FD016',
    'is out of range',
    'Brokers would be restarted all the time, never, or before the old lead has stopped.',
    'write a number in the range that the message names',
  ),
  configuration: rule(
    'FD017',
    'can not be added to the configuration of the brokers',
    'The brokers would not start, or would not find one another.',
    'write TOML tables other than bootstrap, resource, kvs and tbon, which have fields of their own',
  ),
  stateVolume: rule(
    'FD018',
    'can not hold the state',
    'The next lead runs on another node, and could not read it.',
    'give a claim whose access modes include ReadWriteMany',
  ),
  lock: rule(
    'FD019',
    'is no list of packages with checksums',
    'Nodes that join later would get other packages, or anybody’s.',
    "write lines 'https://…/NAME-VERSION-BUILD.conda#CHECKSUM', as micromamba env export --explicit prints them, with flux-core among them",
  ),
  required: rule(
    'FD020',
    'is missing',
    'Nodes of this architecture would find nothing to install.',
    'write it, or take the architecture out of architectures',
  ),
  systemd: rule(
    'FD021',
    'does not work with Flux from conda-forge, which is built without systemd',
    'The broker would not start on any node.',
    "write BrokerRunner.AUTO, or give tarballs or a prefix with a Flux whose 'flux version' says +systemd",
  ),
  networkInterface: rule(
    'FD022',
    'must be the name of a network interface',
    'Brokers could not bind to it.',
    "write its name of at most 15 characters, as 'ens5', with the topology flat, or leave it out",
  ),
  together: rule(
    'FD023',
    'is also that of another FluxDistribute on the same nodes',
    'Both would want it on each node: one of them would not start, or would remove what is the other’s.',
    'give one of them another port, other directories or another name, or nodes of its own by nodeSelector; for several Kubernetes clusters make an app for each',
  ),
  certificate: rule(
    'FD024',
    'must name a Secret, and a key in it',
    'The pods would wait for it for ever.',
    'write { secretName, key }, or leave it out for one that is made in the cluster',
  ),
  nodes: rule(
    'FD025',
    'must be the number of nodes to clean',
    'Nodes would be left as they are.',
    'write a whole number from 1 to 5000',
  ),
} as const;

/** The rules in the order of their codes. */
export const FLUX_DISTRIBUTE_RULES: readonly FluxDistributeRule[] = Object.values(RULES);
