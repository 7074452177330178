/** Paths in containers, which may be written with slashes at the end. */

export function trimSlashes(path: string): string {
  return path.replace(/(?!^)\/+$/, '');
}

/** Is this path the folder, or below it? */
export function isBelow(path: string, folder: string): boolean {
  const [inner, outer] = [trimSlashes(path), trimSlashes(folder)];
  return outer !== '' && (inner === outer || inner.startsWith(outer === '/' ? outer : `${outer}/`));
}
