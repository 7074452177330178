/** Texts that no file and no variable can hold. */
import { Rule } from '../../minicluster/rules/rule';
import { itemPath, memberPath } from '../../minicluster/structure/place';
import { JobCluster } from '../job-cluster';
import { jobRule } from './option-rules';

/** Half of a character: with the flag u a pair is one character, and not met. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

export const TEXT_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ044',
      'is a text that no file and no variable can hold',
      'Kubernetes refuses the object, or the text ends early, or arrives as another one.',
      'leave the character out; binary data belongs into the image or onto a volume',
    ),
    check: ({ spec, options, metadata }, report) => {
      for (const [path, part] of [
        ['', spec],
        ['', options],
        ['.metadata', metadata],
      ] as const) {
        if (isBroken(part))
          eachBroken(part, path, (where, text) => report(where.slice(1), text, wrongIn(text)));
      }
    },
  },
];

/** Is there such a text in it? This looks at every text of every cluster, so it makes nothing. */
function isBroken(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    if (isBroken((value as Record<string, unknown>)[key])) return true;
  }
  return false;
}

function eachBroken(value: unknown, path: string, tell: (path: string, text: string) => void): void {
  if (typeof value === 'string') {
    if (isBroken(value)) tell(path, value);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => eachBroken(item, itemPath(path, index), tell));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) eachBroken(field, memberPath(path, key), tell);
  }
}

function wrongIn(text: string): string {
  return text.includes('\0')
    ? 'holds a NUL byte, which ends a text'
    : 'holds half of a character (a lone surrogate)';
}
