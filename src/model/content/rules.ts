import { ConstructRule, constructRule as rule } from '../construct-rule';

/** What a rule about the distribution of content says, for messages and for docs/content-distribution.md. */
export type ContentDistributionRule = ConstructRule;

/** The rules, by what they are about; each is an error. */
export const RULES = {
  unknown: rule(
    'CD001',
    'is no field of ContentDistribution',
    'It would have no effect.',
    'remove it, or write the name of a field',
  ),
  type: rule(
    'CD002',
    'has the wrong type',
    'The API server refuses the object, or the field does not mean what it says.',
    'write a value of the type that the message names',
  ),
  name: rule(
    'CD003',
    'must be a DNS label of at most 40 characters',
    'It starts the names of all objects.',
    'use lower-case letters, digits and -, start with a letter and end with a letter or digit',
  ),
  through: rule(
    'CD004',
    'must be a FluxDistribute without errors',
    'There would be no brokers to carry anything.',
    'give the construct, or { name, spec } of the one in the same namespace',
  ),
  nothing: rule(
    'CD005',
    'has neither images nor files',
    'There would be nothing to do.',
    'write images, files or both',
  ),
  image: rule(
    'CD006',
    'must be a whole reference of an image with a fixed tag or a digest',
    'The kubelet pulls an image without a tag, or with the tag latest, again whatever is there; and nodes would get different ones.',
    "write REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST, as 'ghcr.io/rse-ops/lammps:1.0'",
  ),
  twice: rule(
    'CD007',
    'is there twice, or within another one',
    'One would replace the other on each node.',
    'remove one of the two',
  ),
  source: rule(
    'CD008',
    'needs one source',
    'The library does not guess which is meant.',
    'write url with sha256, or path',
  ),
  checksum: rule(
    'CD009',
    'must be the SHA-256 of the file',
    'Whoever can change the file on the web would put it on every node.',
    'write the 64 hex digits that sha256sum prints for a file that you trust; path takes none',
  ),
  url: rule(
    'CD010',
    'must be an https address without a secret',
    'Nothing could be downloaded from it, or a password or signature would stand in a ConfigMap.',
    "write 'https://host/path' without user, password, token and signature",
  ),
  path: rule(
    'CD011',
    'must be an absolute path that does not go up',
    'The nodes would look somewhere else.',
    'write the path from the root of the node, of letters, digits and _.+- only',
  ),
  target: rule(
    'CD012',
    'is no place for content',
    'What is at the target is replaced, and the node or Flux would stop working.',
    'write a path below /data, /opt, /srv, /mnt or such, which is not a folder of the system, of Kubernetes or of Flux',
  ),
  mode: rule(
    'CD013',
    'is no mode of a file',
    'The file could not be put in place.',
    "write it in octal, as '0755'",
  ),
  nodes: rule(
    'CD014',
    'is no host list',
    'No node would be found by it.',
    "write names and ranges, as 'node-[0-9]' or 'node-1,node-7'",
  ),
  number: rule(
    'CD015',
    'is out of range',
    'Nothing would be sent, or without end.',
    'write a number in the range that the message names',
  ),
  secret: rule(
    'CD016',
    'must be the name of a Secret',
    'The pod would wait for it for ever.',
    'give an object with the name of a Secret of type kubernetes.io/dockerconfigjson',
  ),
  onlyKept: rule(
    'CD017',
    'has no effect here',
    'A Job ends, and looks at the nodes once; what is kept has no deadline.',
    'write keep: true for checkSeconds, or leave it out for deadlineSeconds',
  ),
} as const;

/** The rules in the order of their codes. */
export const CONTENT_DISTRIBUTION_RULES: readonly ContentDistributionRule[] = Object.values(RULES);
