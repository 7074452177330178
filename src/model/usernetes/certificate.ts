/** Keys that all nodes share, from random bytes: the same bytes give the same keys. */
import { CURVE_KEY_BYTES, curveCertificate } from '../flux/curve-certificate';

/** Random bytes that a CURVE certificate is made from. */
export const CERTIFICATE_BYTES = CURVE_KEY_BYTES;

/** Bytes of a munge key, as many as `mungekey` makes: munged takes 32 to 1024, and the random bytes are the key. */
export const MUNGE_KEY_BYTES = 128;

/**
 * The CURVE certificate of a cluster.
 * @param base64 32 random bytes
 * @throws RangeError for any other number of bytes
 */
export function clusterCertificate(base64: string, cluster: string): string {
  return curveCertificate(Buffer.from(base64, 'base64'), cluster);
}
