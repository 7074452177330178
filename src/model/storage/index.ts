export * from './props';
export { isForReadersOnly } from './access-modes';
export { checkMount, checkSharedVolume, isSubPath } from './check';
export { lacksLocking, lacksRename } from './csi-drivers';
export { SHARED_VOLUME_RULES, type SharedVolumeRule } from './rules';
export {
  type RenderedSharedVolume,
  claimObject,
  persistentVolumeName,
  boundPair,
  renderSharedVolume,
  sharedVolume,
} from './shared-volume';
