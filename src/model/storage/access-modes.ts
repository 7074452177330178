import { SharedVolumeSpec } from './spec';

/** The access modes of a volume that is rendered: those that are given, or the default. */
export function accessModesOf({ accessModes, nfs, csi }: SharedVolumeSpec): string[] {
  if (accessModes) return [...new Set(accessModes)];
  return [nfs?.readOnly || csi?.readOnly ? 'ReadOnlyMany' : 'ReadWriteMany'];
}

/** Can nobody write to a volume of these modes? Where none are known, somebody may. */
export function isForReadersOnly(modes: readonly string[] = []): boolean {
  return modes.length > 0 && modes.every((mode) => mode === 'ReadOnlyMany');
}
