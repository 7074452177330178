import { Report } from '../construct-rule';
import { isIntegerIn } from '../field-types';
import { isText } from '../fields';
import { Tree } from '../tree';
import { isCidr, prefixOf } from './addresses';
import { Given } from './known';
import { PORTS } from './node-config';
import { RULES } from './rules';

/** docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html */
const DESCRIPTION = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
const LAST_PORT = 65_535;
/** A shorter prefix is hardly anybody's own. */
const SHORTEST_PREFIX = 8;

/** What all the world may never reach: brokers, the store and kubelets of Kubernetes, its overlay network. */
const INSIDES: Readonly<Record<string, readonly number[]>> = {
  tcp: [PORTS.overlay, PORTS.etcd, PORTS.kubelet],
  udp: [PORTS.flannel],
};

/** What is wrong with what may come in. */
export function checkIngress(given: Given, report: Report): void {
  const { ingress } = given.spec;
  if (!Array.isArray(ingress)) return;
  (ingress as readonly Tree[]).forEach((one, index) => {
    const at = `ingress[${index}]`;
    const has = (field: string): boolean => one[field] !== undefined || given.isLater(`${at}.${field}`);
    for (const field of ['cidr', 'port'])
      if (!has(field)) report(RULES.required, `${at}.${field}`, undefined);
    const { cidr } = one;
    if (isText(cidr) && !isCidr(cidr)) report(RULES.cidr, `${at}.cidr`, cidr);
    const isOpen = isText(cidr) && isCidr(cidr) && prefixOf(cidr) < SHORTEST_PREFIX;
    if (isOpen && one.openToTheWorld !== true && !given.isLater(`${at}.openToTheWorld`))
      report(RULES.world, `${at}.cidr`, cidr);
    checkPorts(at, one, isOpen, report);
    const { description } = one;
    if (isText(description) && !DESCRIPTION.test(description))
      report(RULES.description, `${at}.description`, description);
  });
  checkTwice(given, ingress as readonly Tree[], report);
}

/** What is not known yet is no default. */
function checkTwice(given: Given, ingress: readonly Tree[], report: Report): void {
  const opened = ingress.map(({ cidr, port, toPort = port, protocol = 'tcp' }, index) => {
    const isLater = ['toPort', 'protocol'].some((field) => given.isLater(`ingress[${index}].${field}`));
    return isLater || cidr === undefined || port === undefined
      ? ''
      : [protocol, port, toPort, cidr].join(' ');
  });
  opened.forEach((one, index) => {
    if (one !== '' && opened.indexOf(one) !== index) report(RULES.twice, `ingress[${index}]`, one);
  });
}

function checkPorts(
  at: string,
  { port, toPort = port, protocol = 'tcp' }: Tree,
  isOpen: boolean,
  report: Report,
): void {
  const isPort = (value: unknown): boolean => isIntegerIn(value, 1, LAST_PORT);
  if (port !== undefined && !isPort(port)) report(RULES.port, `${at}.port`, port);
  if (toPort !== port && toPort !== undefined && !isPort(toPort)) report(RULES.port, `${at}.toPort`, toPort);
  if (!isPort(port) || !isPort(toPort)) return;
  const [first, last] = [port as number, toPort as number];
  if (last < first) report(RULES.port, `${at}.toPort`, last, `must not be below port, which is ${first}`);
  const inside = (INSIDES[protocol as string] ?? []).find((one) => isIntegerIn(one, first, last));
  if (isOpen && inside !== undefined)
    report(
      RULES.port,
      `${at}.port`,
      first,
      `opens ${inside}, a port of the cluster's insides, to all the world`,
    );
}
