/** `flux filemap` of the Flux releases of v1alpha1's time, in scripts: `flux archive` took its place in 0.60. */
import { V1Alpha1Container } from '../api/v1alpha1';

/** A call with the words behind it, up to what ends a simple command. */
const CALL = /\bflux[ \t]+filemap\b[ \t]*([^\n;&|()<>#`]*[^\s;&|()<>#`])?/g;

/** Words that are the same to every shell, and variables. */
const WORD = /^(?:[\w@%+=:,./-]|\$\w+|\$\{\w+\})+$/;

export function usesFilemap(text: string): boolean {
  return /\bflux\s+filemap\b/.test(text);
}

/** The text with `flux archive` in place of `flux filemap`, or nothing if one of its calls isn't understood. */
export function archiveInPlaceOfFilemap(text: string): string | undefined {
  let maps = 0;
  const rewritten = text.replace(CALL, (call, words: string | undefined) => {
    const archive = archiveCall((words ?? '').split(/[ \t]+/).filter(Boolean));
    if (archive?.startsWith('flux archive create')) maps += 1;
    return archive ?? call;
  });
  // A second map added to the first; a second archive of one name is refused.
  return maps <= 1 && !usesFilemap(rewritten) ? rewritten : undefined;
}

function archiveCall([verb = '', ...words]: readonly string[]): string | undefined {
  const { folder, others } = takeFolder(words);
  if (others.some((word) => word.startsWith('-') || !WORD.test(word))) return undefined;
  const where = folder === undefined ? [] : ['-C', folder];
  switch (verb) {
    case 'map':
      // Mapped, not copied into the key-value store, as filemap did it.
      return others.length > 0 ? ['flux archive create --mmap', ...where, ...others].join(' ') : undefined;
    case 'get':
      // filemap wrote over what was there.
      return others.length <= 1
        ? ['flux archive extract --overwrite', ...where, ...others].join(' ')
        : undefined;
    case 'unmap':
      return words.length === 0 ? 'flux archive remove' : undefined;
    default:
      return undefined;
  }
}

function takeFolder(words: readonly string[]): { folder?: string; others: string[] } {
  const others: string[] = [];
  let folder: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '-C' || word === '--directory') folder = words[(at += 1)] ?? '';
    else if (word.startsWith('--directory=')) folder = word.slice('--directory='.length);
    else others.push(word);
  }
  // Whatever can't be a folder is given back, to be refused with the other words.
  return folder === undefined || WORD.test(folder) ? { folder, others } : { others: ['-C', ...others] };
}

/** The texts of a container that a shell reads. */
export function mapTexts(
  container: V1Alpha1Container,
  at: string,
  change: (text: string, path: string) => string,
): V1Alpha1Container {
  const changed = <T extends object>(texts: T, path: string): T =>
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [
        name,
        typeof text === 'string' ? change(text, `${path}.${name}`) : (text as unknown),
      ]),
    ) as T;
  return {
    ...container,
    ...(container.command === undefined ? {} : { command: change(container.command, `${at}.command`) }),
    ...(container.commands && { commands: changed(container.commands, `${at}.commands`) }),
    ...(container.lifeCycle && { lifeCycle: changed(container.lifeCycle, `${at}.lifeCycle`) }),
  };
}
