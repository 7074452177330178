/** Images that stand for all kinds there are, by name. */
import { Architecture, FluxBuild } from '../../src/model/usernetes/image-spec';
import { ContainerEngine } from '../../src/model/usernetes/spec';
import { UsernetesImage } from '../../src/aws/usernetes-image';
import { UsernetesImageArgs } from '../../src/aws/usernetes-image-args';
import { ACCOUNT, EXISTING_SUBNET, REGION, UBUNTU_ARM64 } from './aws-account';
import { DeployOptions, Deployment, deploy } from './pulumi-deploy';

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/mrk-1234567890abcdef1234567890abcdef`;

export const IMAGES: Readonly<Record<string, UsernetesImageArgs>> = {
  'flux-node': {},
  compiled: {
    flux: FluxBuild.COMPILED_WITH_SECURITY,
    architecture: Architecture.ARM64,
    engine: ContainerEngine.PODMAN,
    efa: true,
    keepFailed: true,
    timeout: 10_800,
  },
  shared: {
    imageName: 'shared-node',
    architecture: Architecture.ARM64,
    engine: ContainerEngine.NERDCTL,
    parentImage: UBUNTU_ARM64,
    instanceType: 'c7g.4xlarge',
    subnetId: EXISTING_SUBNET,
    securityGroupIds: ['sg-0123456789abcdef0'],
    volumeSize: 50,
    kmsKeyId: KEY,
    regions: ['eu-central-1', 'us-east-2'],
    accountIds: ['210987654321'],
    schedule: 'cron(0 4 ? * sun *)',
    tags: { team: 'hpc' },
    permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/bound`,
  },
  older: { ubuntu: '22.04', renewal: '2026-10', versions: { fluxCore: '0.84.0' } },
};

/** Runs a program that makes one image. */
export function deployImage(
  args: UsernetesImageArgs = {},
  options?: DeployOptions,
): Promise<Deployment<UsernetesImage>> {
  return deploy(() => new UsernetesImage('flux-node', args), options);
}
