/** What the pods of a MiniClusterJob need to stage paths. */
import { StagedPath } from './spec';
import { entryOf, fieldsOf } from './staged-entry';

/** The scripts, by their paths below assets/. */
export const STAGING_ASSETS: readonly string[] = ['receive.sh', 'share.sh', 'pod.sh', 'download.py'].map(
  (name) => `staging/staging-${name}`,
);

/** The list that they read. */
export function stagingList(staging: readonly StagedPath[]): string | undefined {
  if (staging.length === 0) return undefined;
  return `${staging.flatMap((one) => fieldsOf(entryOf(one))).join('\n')}\n`;
}
