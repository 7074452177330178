/** Releases of Ubuntu that the boot knows, and where AWS tells which image is the newest of each. */
export const UBUNTU_RELEASES: readonly string[] = ['24.04', '22.04'];

/** Its packages have no podman-compose. */
export const NO_PODMAN = '22.04';

/** Canonical's parameters name the volume: gp3 from 23.10 on (documentation.ubuntu.com/aws, "Find Ubuntu images"). */
const VOLUMES: Readonly<Record<string, string>> = { '22.04': 'ebs-gp2' };

/** The public parameter of SSM with the newest image of a release, for `amd64` or `arm64`. */
export function publicParameterOf(release: string, architecture: string): string {
  const volume = VOLUMES[release] ?? 'ebs-gp3';
  return `/aws/service/canonical/ubuntu/server/${release}/stable/current/${architecture}/hvm/${volume}/ami-id`;
}
