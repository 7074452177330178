import { randomBytes } from 'node:crypto';
import { CURVE_KEY_BYTES, curveCertificate } from '../model/flux/curve-certificate';
import { isDataKey, isLabel } from '../model/kubernetes-names';
import { writeYaml } from '../model/minicluster/parse/yaml-writer';
import { checkSecretName } from './flags';
import { ExitCode, Io, UsageError } from './io';

/** What a certificate is asked for. */
export interface CertificateRequest {
  /** Name of the Secret. */
  readonly name: string;
  readonly namespace?: string;
  /** Key in the Secret. */
  readonly key: string;
}

/**
 * Prints the manifest of a Secret with a new certificate. The Secret is immutable: brokers that start later must find
 * the certificate that the others have.
 */
export function certificate({ name, namespace, key }: CertificateRequest, io: Io): ExitCode {
  checkSecretName(name);
  if (namespace !== undefined && !isLabel(namespace))
    throw new UsageError(`${namespace} is no name of a namespace: use lower-case letters, digits and -`);
  if (!isDataKey(key)) throw new UsageError(`${key} is no key of a Secret: use letters, digits, -, _ and .`);
  if (io.isTerminal)
    throw new UsageError(
      'this prints a secret key, which a screen would show: pipe it into kubectl create -f -, or into a file',
    );
  const text = curveCertificate(randomBytes(CURVE_KEY_BYTES), name);
  io.out(
    writeYaml({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, ...(namespace !== undefined && { namespace }) },
      type: 'Opaque',
      immutable: true,
      data: { [key]: Buffer.from(text).toString('base64') },
    }),
  );
  return ExitCode.CLEAN;
}
