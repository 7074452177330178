/** Texts as every format can hold them. */

/** Line breaks and other control characters, and code points that XML forbids. */
const CONTROLS = /[\p{Cc}\u2028\u2029\ufffe\uffff]+/gu;
/** They turn the direction of what follows, so that it reads as something else. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Halves of a surrogate pair. */
const HALVES = /\p{Surrogate}/gu;

/** The text on one line, without what is no character. */
export function printable(text: string): string {
  return text.replace(CONTROLS, ' ').replace(DIRECTIONS, '').replace(HALVES, '\ufffd');
}

/** The text for XML and HTML. */
export function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
