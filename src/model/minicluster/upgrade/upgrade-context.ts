import { Metadata } from '../../manifest';
import { V1Alpha1Cluster, V1Alpha1Mode } from '../v1alpha1/cluster';
import { Notes } from './notes';

/** Where Flux comes from after the upgrade. */
export enum FluxSource {
  /** From the image of the application, where v1alpha1 found it: the view of v1alpha2 is disabled. */
  IMAGE = 'image',
  /** From the view, which the init container copies into the pods. The image should then have no Flux of its own. */
  VIEW = 'view',
}

/** How a v1alpha1 MiniCluster is to be upgraded. */
export interface UpgradeOptions {
  /**
   * Where Flux comes from after the upgrade.
   * @default FluxSource.IMAGE
   */
  readonly flux?: FluxSource;
}

/** What each step of an upgrade works with. */
export interface Upgrade {
  readonly metadata: Metadata;
  /** The v1alpha1 MiniCluster, as its operator reads it. */
  readonly cluster: V1Alpha1Cluster;
  readonly source: FluxSource;
  readonly notes: Notes;
}

/**
 * What is left of an object after all its fields were taken out. Spread into the result it adds nothing; a field that
 * was forgotten doesn't fit, and the compiler says so.
 */
export type NothingLeft = Record<string, never>;

/** The object, or nothing where none of its fields is set: an empty object would bring defaults along. */
export function orNothing<T extends object>(fields: T): T | undefined {
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
}

/** Does this MiniCluster leave its brokers to whoever connects, in v1alpha2 at the latest? */
export function isInteractive({ mode }: V1Alpha1Cluster): boolean {
  return (
    mode === V1Alpha1Mode.INTERACTIVE || mode === V1Alpha1Mode.DIAGNOSTICS || mode === V1Alpha1Mode.RESTFUL
  );
}
