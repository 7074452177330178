import { SharedVolumeSpec } from './spec';

/** The access modes of a volume that is rendered: those that are given, or the default. */
export function accessModesOf({ accessModes, nfs, csi }: SharedVolumeSpec): string[] {
  if (accessModes) return [...new Set(accessModes)];
  return [nfs?.readOnly || csi?.readOnly ? 'ReadOnlyMany' : 'ReadWriteMany'];
}
