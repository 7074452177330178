/** One thing that a produced validator found. */
export interface StructureError {
  /** `type`, `required`, `additionalProperties`, `pattern`, `minimum` or `maximum`. */
  readonly keyword: string;
  /** Where, as a JSON pointer: `/containers/0/image`. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A validator that `npm run generate` writes; `errors` holds what its last call found. */
export interface Validate {
  (spec: unknown): boolean;
  readonly errors?: readonly StructureError[] | null;
}
