/** CURVE certificates: the key pair that all brokers of an instance share, as `flux keygen` writes it. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { z85 } from './z85';

/** Bytes of a secret key. */
export const CURVE_KEY_BYTES = 32;

/** What PKCS #8 puts before the bytes of an X25519 key (RFC 8410). */
const PKCS8_OF_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * The certificate with a secret key, in the format that flux-core and libczmq read.
 *
 * @param secretKey 32 random bytes; the same bytes give the same certificate
 * @param name of the cluster, a note for people; letters, digits, `-` and `.`, since flux-core refuses others
 * @throws RangeError for any other number of bytes
 */
export function curveCertificate(secretKey: Buffer, name: string): string {
  if (secretKey.length !== CURVE_KEY_BYTES)
    throw new RangeError(`a CURVE secret key has ${CURVE_KEY_BYTES} bytes, got ${secretKey.length}`);
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_OF_X25519, secretKey]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return [
    '#   CURVE certificate of a Flux instance; DO NOT DISTRIBUTE',
    '',
    'metadata',
    `    name = "${name}"`,
    'curve',
    `    public-key = "${z85(Buffer.from(x, 'base64url'))}"`,
    `    secret-key = "${z85(secretKey)}"`,
    '',
  ].join('\n');
}
