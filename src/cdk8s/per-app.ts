import { IConstruct } from 'constructs';

/**
 * One object for each app, made when something of the app asks for it first.
 * @param make gets the root of the app
 */
export function perApp<T extends object>(make: (root: IConstruct) => T): (construct: IConstruct) => T {
  const made = new WeakMap<IConstruct, T>();
  return ({ node: { root } }) => {
    const known = made.get(root);
    if (known) return known;
    const first = make(root);
    made.set(root, first);
    return first;
  };
}
