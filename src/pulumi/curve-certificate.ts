import * as pulumi from '@pulumi/pulumi';

import { CERTIFICATE_KEY } from '../model/certificate/in-cluster';
import { CURVE_KEY_BYTES, curveCertificate } from '../model/flux/curve-certificate';
import { ObjectMetadata } from './object-metadata';
import { setReference } from './references';

/** Arguments of a CurveCertificate. */
export interface CurveCertificateArgs {
  /**
   * What names the Secret.
   * @default - the name of the component, the namespace of the provider
   */
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/**
 * A CURVE certificate for the brokers of one cluster, in a Secret: made once, from random bytes that are a secret of the
 * state, and the same on every `pulumi up`. With it nothing in the Kubernetes cluster has to make one, which takes the
 * right to make Roles.
 */
export class CurveCertificate extends pulumi.ComponentResource {
  /** Name of the Secret, for `certificate: { secretName }`; the component itself does as well. */
  public readonly secretName!: pulumi.Output<string>;
  /** The key of the Secret that holds it. */
  public readonly key!: pulumi.Output<string>;

  public constructor(name: string, args: CurveCertificateArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:CurveCertificate', name, args, opts);
    // Loaded on use: other components need no random numbers.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const random = require('@pulumi/random') as typeof import('@pulumi/random');
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const k8s = require('@pulumi/kubernetes/core/v1') as typeof import('@pulumi/kubernetes/core/v1');
    const bytes = new random.RandomBytes(`${name}:key`, { length: CURVE_KEY_BYTES }, { parent: this });
    const metadata = pulumi
      .output(args.metadata ?? {})
      .apply((given) => ({ ...given, name: given.name ?? name }));
    const text = pulumi
      .all([bytes.base64, metadata])
      .apply(([base64, given]) => curveCertificate(Buffer.from(base64, 'base64'), given.name));
    const secret = new k8s.Secret(
      `${name}:secret`,
      { metadata, type: 'Opaque', stringData: { [CERTIFICATE_KEY]: pulumi.secret(text) } },
      { parent: this, deleteBeforeReplace: true },
    );
    const outputs = {
      secretName: secret.metadata.apply((made) => made.name),
      key: pulumi.output(CERTIFICATE_KEY),
    };
    setReference(this, pulumi.output(outputs));
    Object.assign(this, outputs);
    this.registerOutputs({ ...outputs });
  }
}
