import { hashedConfigMap } from '../hashed-config-map';
import { Manifest, Metadata } from '../manifest';
import { INPUT_RULES } from '../minicluster/input-rules';
import { problemOf } from '../minicluster/rules/rule';
import { Problem } from '../problems';
import { Files, bytesOf } from './script-files';

/** What Kubernetes takes as the data of one ConfigMap. */
const LARGEST_CONFIG_MAP = 1024 * 1024;

/**
 * A ConfigMap with files, called after what is in it: the pods of a Job can't change.
 * @param path the field that a problem is told of, if they are too large
 */
export function configMapOf(
  metadata: Metadata,
  suffix: string,
  files: Files,
  path: string,
  problems: Problem[],
): Manifest {
  const bytes = bytesOf(files);
  if (bytes > LARGEST_CONFIG_MAP) problems.push(problemOf(INPUT_RULES.tooLarge, path, `${bytes} bytes`));
  return hashedConfigMap({ ...metadata, name: `${metadata.name}-${suffix}` }, files);
}
