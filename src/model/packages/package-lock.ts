/** The lines of a file in conda's format `@EXPLICIT` that name packages: all but its mark, comments and blanks. */
export function packagesIn(lock: string): readonly string[] {
  return lock
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '@EXPLICIT' && !line.startsWith('#'));
}
