import { hashOfFiles } from './hash';
import { Manifest, Metadata } from './manifest';

/**
 * An immutable ConfigMap that is called after what is in it: pods of a Job can't change, and those of others are replaced
 * when it does.
 * @param metadata whose name is followed by the hash of the files
 */
export function hashedConfigMap(metadata: Metadata, files: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, name: `${metadata.name}-${hashOfFiles(files)}` },
    immutable: true,
    data: { ...files },
  };
}
