import { Manifest } from '../model/manifest';
import { Problem } from '../model/problems';
import type { JobWait } from './cluster-wait';

/** What the model gives for a component. */
export interface Rendered {
  /** In the order in which they are applied, the main one last. */
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
  /** How far Jobs of brokers have to be, where the component takes that. */
  readonly wait?: JobWait;
}
