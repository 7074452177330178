/** Tags as AWS takes them. */
import { ConstructRule, Report } from '../construct-rule';
import { isTree } from '../tree';

/** AWS takes 50, and some are our own. */
const MOST_TAGS = 40;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const OWN = /^(?:aws:|flux-usernetes:|name$)/i;
const CHARACTERS = /^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u;

/** Reports tags that AWS refuses, or that are the library's; values may be known later. */
export function checkTags(tags: unknown, rule: ConstructRule, report: Report): void {
  if (!isTree(tags)) return;
  const all = Object.entries(tags);
  if (all.length > MOST_TAGS)
    report(rule, 'tags', all.length, `can have ${MOST_TAGS} tags, besides those of the library`);
  for (const [key, value = ''] of all)
    if (!isKey(key) || !isValue(value)) report(rule, `tags['${key}']`, value);
}

function isKey(key: string): boolean {
  return key !== '' && key.length <= LONGEST_KEY && CHARACTERS.test(key) && !OWN.test(key);
}

function isValue(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST_VALUE && CHARACTERS.test(value);
}
