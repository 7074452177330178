/** Files that stand beside what they are the output of. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Compares a text with a file, byte for byte. After a change that is meant: UPDATE_GOLDEN=1, and read the difference. */
export function expectGolden(file: string, text: string): void {
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}
