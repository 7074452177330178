const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** The bytes of a Z85 text. */
export function fromZ85(text: string): Buffer {
  const groups = text.match(/.{5}/g) ?? [];
  return Buffer.concat(
    groups.map((group) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(
        Array.from(group).reduce((value, letter) => value * 85 + ALPHABET.indexOf(letter), 0),
      );
      return bytes;
    }),
  );
}
