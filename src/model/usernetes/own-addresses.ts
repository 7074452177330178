import { Report } from '../construct-rule';
import { NodeBlock, cidrsOverlap } from './addresses';
import { DEFAULT_ENGINE } from './defaults';
import { RULES } from './rules';
import { ContainerEngine } from './spec';

/** Network of slirp4netns, through which rootless container engines reach the host and what is beyond. */
const ROOTLESS = '10.0.2.0/24';

/** Default networks of the engines' bridges. */
const BRIDGES: Readonly<Record<string, string>> = {
  [ContainerEngine.DOCKER]: '172.17.0.0/16',
  [ContainerEngine.PODMAN]: '10.88.0.0/16',
  [ContainerEngine.NERDCTL]: '10.4.0.0/24',
};

/** Reports nodes whose addresses mean something else within their container engine: other nodes could not reach them. */
export function checkOwnAddresses(
  { cidr }: NodeBlock,
  engine: ContainerEngine = DEFAULT_ENGINE,
  path: string,
  report: Report,
): void {
  const own = [ROOTLESS, BRIDGES[engine] ?? ROOTLESS].find((block) => cidrsOverlap(cidr, block));
  if (own !== undefined)
    report(
      RULES.overlap,
      path,
      cidr,
      `gives nodes addresses that overlap ${own}, a network of the container engine on each of them`,
      `choose addresses of nodes outside of ${own}`,
    );
}
