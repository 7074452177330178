export type { StagedPath } from './spec';
export { stagedBatch } from './batch';
