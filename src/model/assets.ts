/** Our own scripts, as they are shipped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The same two folders up from src/ and from lib/. */
const FOLDER = join(__dirname, '../../assets');

const known = new Map<string, string>();

/** The text of a script below assets/, read once: `minicluster/run-and-tell.sh`. */
export function readAsset(path: string): string {
  const text = known.get(path) ?? readFileSync(join(FOLDER, path), 'utf8');
  known.set(path, text);
  return text;
}
