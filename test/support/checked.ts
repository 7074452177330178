import { Manifest } from '../../src/model/manifest'; export function checked<T extends readonly Manifest[]>(m: T): T { return m; }
