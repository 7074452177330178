/** What the nodes read and write at boot: parameters of SSM below one path. */
import * as ssm from '@pulumi/aws/ssm';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';

import { CERTIFICATE_BYTES, MUNGE_KEY_BYTES, UsernetesMode, clusterCertificate } from '../model/usernetes';
import { Site, tagsOf } from './site';
import { StoredSecret } from './usernetes-cluster-args';

/** The parameters of a cluster. */
export interface Parameters {
  readonly nodes: ssm.Parameter;
  readonly packages: ssm.Parameter;
  /** In system mode. */
  readonly kubeconfig?: ssm.Parameter;
  /** Secrets that were given, which nodes must be let read. */
  readonly given: readonly StoredSecret[];
  readonly resources: readonly pulumi.Resource[];
}

/** What they are made from. */
export interface ParametersPlan {
  /** `/flux-usernetes/<cluster>`. */
  readonly path: string;
  readonly nodes: number;
  readonly mode: UsernetesMode;
  readonly certificate?: StoredSecret;
  readonly munge: boolean;
}

/** What stands in a parameter that a node will write. */
const NOT_YET = '-';

export function makeParameters(site: Site, plan: ParametersPlan): Parameters {
  const { path, mode, certificate, munge } = plan;
  const make = (
    name: string,
    args: Omit<ssm.ParameterArgs, 'name' | 'tags'>,
    ignoreChanges: string[] = [],
  ): ssm.Parameter =>
    new ssm.Parameter(
      `${site.name}-${name}`,
      { ...args, name: `${path}/${name}`, tags: tagsOf(site, name) },
      { parent: site.parent, ignoreChanges },
    );
  // Nodes write into these: what they wrote is not taken back.
  const written = ['value', 'insecureValue'];

  const nodes = make('nodes', {
    type: 'String',
    insecureValue: String(plan.nodes),
    description: 'How many nodes there are',
  });
  const packages = make(
    'packages',
    {
      type: 'String',
      tier: 'Advanced',
      insecureValue: NOT_YET,
      description: 'The conda packages that rank 0 resolved',
    },
    written,
  );
  const kubeconfig =
    mode === UsernetesMode.SYSTEM
      ? make(
          'kubeconfig',
          {
            type: 'SecureString',
            tier: 'Advanced',
            value: NOT_YET,
            description: 'Administrator of the user-space Kubernetes',
          },
          written,
        )
      : undefined;
  const secret = (name: string, description: string, value: pulumi.Output<string>): ssm.Parameter =>
    make(name, { type: 'SecureString', value: pulumi.secret(value), description });
  const madeCertificate = certificate
    ? undefined
    : secret(
        'curve-certificate',
        'CURVE certificate of the brokers',
        randomBytes(site, 'curve-certificate', CERTIFICATE_BYTES).apply((bytes) =>
          clusterCertificate(bytes, site.title),
        ),
      );
  const mungeKey = munge
    ? secret('munge-key', 'Key of munge, in base64', randomBytes(site, 'munge-key', MUNGE_KEY_BYTES))
    : undefined;

  return {
    nodes,
    packages,
    ...(kubeconfig && { kubeconfig }),
    given: certificate ? [certificate] : [],
    resources: [nodes, packages, kubeconfig, madeCertificate, mungeKey].flatMap((one) => one ?? []),
  };
}

/** Random bytes in base64, made once; the provider keeps them as secrets in the state. */
function randomBytes(site: Site, name: string, length: number): pulumi.Output<string> {
  // Not through its input: bytes whose number is unknown in a preview look as if they were replaced.
  const dependsOn = site.tags.apply((): pulumi.Resource[] => []);
  return new random.RandomBytes(`${site.name}-${name}`, { length }, { parent: site.parent, dependsOn })
    .base64;
}
