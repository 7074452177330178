/** What every node is told: /etc/flux-usernetes/cluster.json. */
import { defined } from '../defined';
import { BROKER_PORT } from '../flux/ports';
import { CONDA_FORGE } from '../packages/channel';
import { packagesIn } from '../packages/package-lock';
import { MICROMAMBA } from '../packages/micromamba';
import { PackageLocks } from '../packages/spec';
import { packagesOf, pairOf } from '../packages/versions';
import { NODE_SUBNETS } from './addresses';
import { DEFAULT_ENGINE, USERNETES_COMMIT } from './defaults';
import { isArn } from './ids';
import { UsernetesClusterSpec, UsernetesInstallSpec, UsernetesMode } from './spec';

/**
 * Ports of the nodes: of the brokers, of Kubernetes in system mode, and where those of jobs begin, below those that
 * Kubernetes has for its services (30000 to 32767) and Linux for connections (from 32768).
 */
export const PORTS = {
  overlay: BROKER_PORT,
  etcd: 2379,
  kubelet: 10_250,
  flannel: 8472,
  apiServer: 6443,
  firstJobPort: 20_000,
} as const;

/** Seconds: for a step of the boot, for all until the node is ready, for the prolog of a job. */
const LIMITS = { step: 900, ready: 1800, job: 900 };

const REPOSITORY = 'https://github.com/rootless-containers/usernetes';

/** Where the scripts of the nodes lie in S3. */
export interface BundleObject {
  readonly bucket: string;
  readonly key: string;
  /** Of the object, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** What is known once the network and the bucket are. */
export interface ResolvedCluster {
  /** Name of the cluster. */
  readonly cluster: string;
  /** That of rank 0. */
  readonly firstAddress: string;
  /** Do nodes have EFA? */
  readonly efa: boolean;
  readonly bundle: BundleObject;
}

/** Where the parameters of a cluster lie in the Parameter Store. */
export function parametersOf(cluster: string): string {
  return `/flux-usernetes/${cluster}`;
}

/** A package that is installed: its address and one of its checksums. */
export interface LockedPackage {
  readonly url: string;
  readonly sha256?: string;
  readonly md5?: string;
}

/**
 * The only input of the nodes. It is the same for all of them, and for each number of nodes up to `maxNodes`: what
 * varies is a parameter.
 */
export function nodeConfig(spec: UsernetesClusterSpec, resolved: ResolvedCluster): object {
  const parameters = parametersOf(resolved.cluster);
  const { arn } = spec.certificate ?? {};
  return defined({
    cluster: resolved.cluster,
    mode: spec.mode ?? UsernetesMode.SYSTEM,
    maxNodes: spec.maxNodes ?? spec.nodes,
    firstAddress: resolved.firstAddress,
    parameters,
    bundle: { ...resolved.bundle },
    certificate: arn === undefined ? { parameter: `${parameters}/curve-certificate` } : secretAt(arn),
    mungeKey: spec.munge ? { parameter: `${parameters}/munge-key` } : undefined,
    ...(spec.image?.baked ? { baked: true, engine: spec.engine ?? DEFAULT_ENGINE } : installConfig(spec)),
    efa: resolved.efa,
    ports: { ...PORTS },
    nodeSubnets: NODE_SUBNETS,
    limits: { ...LIMITS },
  });
}

/** What of it says what is installed, for images, too. */
export function installConfig(spec: UsernetesInstallSpec): Readonly<Record<string, unknown>> {
  const { versions, mirror, locks } = spec;
  const pair = pairOf({ ...versions });
  const { amd64, arm64 } = mirror?.installer ?? MICROMAMBA;
  return {
    engine: spec.engine ?? DEFAULT_ENGINE,
    flux: {
      packages: locks || !pair ? [] : packagesOf(pair),
      channel: mirror?.channel ?? CONDA_FORGE,
      micromamba: defined({ amd64, arm64 }),
    },
    usernetes: { repository: REPOSITORY, commit: spec.usernetesCommit ?? USERNETES_COMMIT },
  };
}

/** GetParameter takes the ARN of a parameter as its name. */
function secretAt(arn: string): object {
  return isArn(arn, 'secretsmanager') ? { secret: arn } : { parameter: arn };
}

const PLATFORMS = { amd64: 'linux-64', arm64: 'linux-aarch64' } as const;
const MD5_LENGTH = 32;

/** The packages of locks, by what conda calls the platform. */
export function lockedPackages(locks: PackageLocks): Readonly<Record<string, readonly LockedPackage[]>> {
  const platforms = (['amd64', 'arm64'] as const).flatMap((architecture) => {
    const lock = locks[architecture];
    return lock === undefined
      ? []
      : [[PLATFORMS[architecture], packagesIn(lock).map(lockedPackage)] as const];
  });
  return Object.fromEntries(platforms);
}

function lockedPackage(line: string): LockedPackage {
  const [url = '', checksum = ''] = line.split('#');
  const digits = checksum.replace(/^sha256:/, '');
  return digits.length === MD5_LENGTH ? { url, md5: digits } : { url, sha256: digits };
}
