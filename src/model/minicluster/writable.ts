/** A copy that may be changed: the routes write into one, never into what the caller gave. */
export type Writable<T> = T extends (infer U)[] | readonly (infer U)[]
  ? Writable<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T;
