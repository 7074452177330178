/** What the containers ask for, as Kubernetes takes it (ValidateContainerResourceRequirements). */
import { isQualifiedName } from '../../kubernetes-names';
import { ResourceRequirements } from '../../minicluster/api/kubernetes';
import { allContainers } from '../../minicluster/located-containers';
import { amountOf } from '../../quantity';
import { Report, Rule } from '../../minicluster/rules/rule';
import { memberPath } from '../../minicluster/structure/place';
import { JobCluster } from '../job-cluster';
import { jobRule } from './option-rules';

const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];
const HUGE_PAGES = 'hugepages-';

/** Amounts that differ by less are the same; quantities hold no more digits than these. */
const TOLERANCE = 1 + 1e-12;

export const RESOURCE_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ040',
      'is nothing that a container can ask for',
      'Kubernetes refuses the Job.',
      'write what the message names',
    ),
    check: (cluster, report) => {
      const view = cluster.spec.flux?.container?.resources;
      if (view) reportResources('flux.container.resources', view, report);
      for (const { container, path } of allContainers(cluster)) {
        if (container.resources) reportResources(`${path}.resources`, container.resources, report);
      }
    },
  },
];

function reportResources(
  path: string,
  { limits = {}, requests = {} }: ResourceRequirements,
  report: Report,
): void {
  for (const name of Object.keys(limits)) reportOne(`${path}.limits`, name, limits[name], report);
  for (const name of Object.keys(requests)) {
    reportOne(`${path}.requests`, name, requests[name], report);
    reportAgainstLimit(path, name, limits[name], requests[name], report);
  }
  const names = Object.keys({ ...limits, ...requests });
  const pages = names.find((name) => name.startsWith(HUGE_PAGES));
  if (pages !== undefined && !names.includes('cpu') && !names.includes('memory'))
    report(path, pages, 'asks for huge pages alone', 'ask for cpu or memory too');
}

function reportOne(path: string, name: string, quantity: string | undefined, report: Report): void {
  if (!isResource(name)) {
    report(
      path,
      name,
      'has a name that is no resource',
      `write ${STANDARD.join(', ')}, ${HUGE_PAGES}<size>, or a device with its domain, as nvidia.com/gpu`,
    );
    return;
  }
  const amount = amountOf(quantity ?? '');
  const place = memberPath(path, name);
  if (amount < 0) report(place, quantity, 'must not be negative', 'write the amount, such as 500m or 4Gi');
  else if (isDevice(name) && !Number.isInteger(amount))
    report(place, quantity, 'must be a whole number', 'write how many of these devices');
  else if (name.startsWith(HUGE_PAGES) && amount % amountOf(name.slice(HUGE_PAGES.length)) !== 0)
    report(place, quantity, 'must be a multiple of the size of the pages', 'write the size of whole pages');
}

function reportAgainstLimit(
  path: string,
  name: string,
  limit: string | undefined,
  request: string | undefined,
  report: Report,
): void {
  const place = memberPath(`${path}.requests`, name);
  const isShared = !isDevice(name) && !name.startsWith(HUGE_PAGES);
  if (limit === undefined) {
    if (!isShared && isResource(name))
      report(
        place,
        request,
        'needs a limit: it can not be shared',
        'write the limit; the request follows it',
      );
    return;
  }
  const [least, most] = [amountOf(request ?? ''), amountOf(limit)];
  if (least > most * TOLERANCE) report(place, request, `is above the limit, ${limit}`, 'raise the limit');
  else if (!isShared && least * TOLERANCE < most)
    report(place, request, `must be the limit, ${limit}: it can not be shared`, 'leave the request out');
}

function isResource(name: string): boolean {
  if (STANDARD.includes(name)) return true;
  if (name.startsWith(HUGE_PAGES)) return amountOf(name.slice(HUGE_PAGES.length)) > 0;
  return name.includes('/') && isQualifiedName(name) && !name.startsWith('requests.');
}

/** Is this a resource of a device plugin? Those of Kubernetes itself have no domain, or its own. */
function isDevice(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/');
}
