/** The fields of one object and their types; `[]` is a list of what stands before it, `{}` a map. */
export type ObjectFields = Readonly<Record<string, string>>;

/** The objects of an API version; the root is its spec. */
export interface FieldTable {
  readonly root: string;
  readonly objects: Readonly<Record<string, ObjectFields>>;
  /** The required fields of the objects that have some. */
  readonly required: Readonly<Record<string, readonly string[]>>;
}
