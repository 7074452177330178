/** Paths, web addresses and checksums as they may stand in the settings of our programs. */

const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.+-]+)+$/;

/** Is this an absolute path that does not go up, of characters that no shell, TOML or unit file reads as something else? */
export function isPath(text: string): boolean {
  return PATH.test(text);
}

/** Is this an address on the web, without user and password? */
export function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return /^https?:$/.test(url?.protocol ?? '') && url?.username === '' && url.password === '';
}

/** Is this what sha256sum prints? */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}
