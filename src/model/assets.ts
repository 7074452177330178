/** Our own scripts, as they are shipped. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The same two folders up from src/ and from lib/. */
const FOLDER = join(__dirname, '../../assets');

const texts = new Map<string, string>();
const digests = new Map<string, string>();

/** The text of a script below assets/, read once: `minicluster/run-and-tell.sh`. */
export function readAsset(path: string): string {
  const text = texts.get(path) ?? readFileSync(join(FOLDER, path), 'utf8');
  texts.set(path, text);
  return text;
}

/** The scripts of a folder below assets/ and of its folders, in order, by their paths within it. */
export function listAssets(folder: string): readonly string[] {
  return readdirSync(join(FOLDER, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !name.startsWith('__'))
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name];
      return listAssets(`${folder}/${entry.name}`).map((path) => `${entry.name}/${path}`);
    })
    .sort();
}

/** What differs whenever a text does: of a script of ours its digest, made once, since it goes into every cluster. */
export function shortForm(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  if (!isAsset(text)) return text;
  const digest = createHash('sha256').update(text).digest('hex');
  digests.set(text, digest);
  return digest;
}

/** Looked up by length first: comparing texts costs more. */
function isAsset(text: string): boolean {
  for (const asset of texts.values()) {
    if (asset.length === text.length && asset === text) return true;
  }
  return false;
}
