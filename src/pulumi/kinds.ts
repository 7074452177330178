/** What kind of object a manifest is, whoever wrote it. */
import { Manifest } from '../model/manifest';

type Kind = Pick<Manifest, 'apiVersion' | 'kind'>;

export function isService({ apiVersion, kind }: Kind): boolean {
  return apiVersion === 'v1' && kind === 'Service';
}

export function isSecret({ apiVersion, kind }: Kind): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}

/** Others have Jobs of their own: Volcano's. */
export function isJob({ apiVersion, kind }: Kind): boolean {
  return apiVersion === 'batch/v1' && kind === 'Job';
}

/** Of either API version. */
export function isMiniCluster({ apiVersion, kind }: Kind): boolean {
  return kind === 'MiniCluster' && apiVersion.startsWith('flux-framework.org/');
}
