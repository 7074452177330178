/** Paths in containers, which may be written with slashes at the end. */
import { posix } from 'node:path';

export function trimSlashes(path: string): string {
  return path.replace(/(?!^)\/+$/, '');
}

/** The shortest way to write a path: without empty, `.` and `..` parts, and without slashes at the end. */
export function plainPath(path: string): string {
  return trimSlashes(posix.normalize(path));
}

/** Does a path go up somewhere? */
export function goesUp(path: string): boolean {
  return path.includes('..') && path.split('/').includes('..');
}

/** Is this path the folder, or below it? */
export function isBelow(path: string, folder: string): boolean {
  const [inner, outer] = [trimSlashes(path), trimSlashes(folder)];
  return outer !== '' && (inner === outer || inner.startsWith(outer === '/' ? outer : `${outer}/`));
}
