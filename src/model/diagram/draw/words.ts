/** Short texts for boxes. */

/** Characters of a line; more would make boxes wider than what they stand in. */
const LONGEST_LINE = 68;

/** The beginning of a text, on one line. */
export function short(text: string, longest = LONGEST_LINE): string {
  const characters = Array.from(text.replace(/\s+/g, ' ').trim());
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : characters.join('');
}

const DIGEST = /@(sha256:[0-9a-f]{7})[0-9a-f]*$/;

/** An image; of a digest its beginning is enough to compare, and of a long name its end. */
export function imageLine(image: string): string {
  const characters = Array.from(image.replace(DIGEST, '@$1…'));
  const rest = characters.slice(1 - LONGEST_LINE).join('');
  return characters.length > LONGEST_LINE ? `…${rest}` : characters.join('');
}

/** `1 pod`, `4 pods`. */
export function counted(count: number, word: string, words = `${word}s`): string {
  return `${count} ${count === 1 ? word : words}`;
}

/** Some of the names, and how many there are besides. */
export function listed(names: readonly string[], most = 3): string {
  const rest = names.length - most;
  if (rest <= 0) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${rest} more`;
}

/** Numbers that may have gaps: `3`, `1–16`, `3, 5, 6 and 25 more`. */
export function numbersLine(numbers: readonly number[]): string {
  const [first = 0] = numbers;
  const last = numbers.at(-1) ?? first;
  if (numbers.length > 2 && last - first + 1 === numbers.length) return `${first}–${last}`;
  return listed(numbers.map(String), 4);
}

/** `hello-0`, `hello-1, hello-2`, `hello-0 to hello-255`. */
export function rangeLine(names: readonly string[]): string {
  if (names.length <= 2) return names.join(', ');
  return `${names[0] ?? ''} to ${names.at(-1) ?? ''}`;
}
