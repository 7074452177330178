/** Defaults of the spec, for the model and for what makes resources from it. */
import { ContainerEngine, NetworkAccess } from './spec';

export const DEFAULT_CIDR = '10.0.0.0/16';
export const DEFAULT_ACCESS = NetworkAccess.NAT;
export const DEFAULT_ENGINE = ContainerEngine.DOCKER;
export const DEFAULT_UBUNTU = '24.04';
/** GiB. */
export const DEFAULT_VOLUME_SIZE = 100;
export const DEFAULT_IOPS = 3000;
/** MiB in a second. */
export const DEFAULT_THROUGHPUT = 125;
/** Seconds. */
export const DEFAULT_TIMEOUT = 2700;

/** Commit of rootless-containers/usernetes that this version was written against, of 2025-12-18. */
export const USERNETES_COMMIT = '9658658396ec51fe74a8e9f2bc0b62792a7223e5';
