/** ZeroMQ's RFC 32: four bytes as five printable characters. */
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/**
 * Encodes bytes as Z85.
 * @param bytes a multiple of four
 * @throws RangeError for any other number of bytes
 */
export function z85(bytes: Buffer): string {
  if (bytes.length % 4 !== 0)
    throw new RangeError(`Z85 encodes groups of 4 bytes, got ${bytes.length} bytes`);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const group = bytes.readUInt32BE(at);
    for (const weight of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) {
      text += ALPHABET.charAt(Math.floor(group / weight) % 85);
    }
  }
  return text;
}
