import { hostListParts } from '../flux/host-list';

/** Names with ranges of numbers: `node-[0-9]`, `ip-10-0-1-[20-25].ec2.internal`. */
const PART = /^[A-Za-z0-9](?:[-A-Za-z0-9.]|\[\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*\])*$/;

/** Is this a host list of RFC 29 with names that nodes may have? */
export function isHostList(text: string): boolean {
  return hostListParts(text).every((part) => PART.test(part) && isAscending(part));
}

function isAscending(part: string): boolean {
  return [...part.matchAll(/[[,](\d+)-(\d+)/g)].every(([, first, last]) => Number(first) <= Number(last));
}
