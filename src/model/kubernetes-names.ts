/** What Kubernetes takes as names of its objects. */

/** Longest DNS label: a pod's host name, a volume's name, a Service's name. */
export const LONGEST_LABEL = 63;

/** A DNS label that starts with a letter, as names of Services need it (RFC 1035). */
export function isServiceName(text: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= LONGEST_LABEL;
}

/** A DNS label (RFC 1123), as names of namespaces, containers and volumes need it. */
export function isLabel(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= LONGEST_LABEL;
}

const LONGEST_SUBDOMAIN = 253;

/** A DNS subdomain (RFC 1123), as names of most objects need it. Its parts may be longer than labels of the DNS. */
export function isSubdomain(text: string): boolean {
  return (
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text) &&
    text.length <= LONGEST_SUBDOMAIN
  );
}

/** The name of a CSI driver, in either case (ValidateCSIDriverName). */
export function isCsiDriver(text: string): boolean {
  return isSubdomain(text.toLowerCase()) && text.length <= LONGEST_LABEL;
}

/** A key of the data of a Secret or ConfigMap. */
export function isDataKey(text: string): boolean {
  return /^(?!\.$|\.\.)[-._a-zA-Z0-9]+$/.test(text) && text.length <= LONGEST_SUBDOMAIN;
}

const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** A key of labels, the type of a condition, the name of a resource: `app`, `example.com/app`. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  const name = slash < 0 ? text : text.slice(slash + 1);
  return (
    QUALIFIED.test(name) && name.length <= LONGEST_LABEL && (slash < 0 || isSubdomain(text.slice(0, slash)))
  );
}

/** A value of a label. */
export function isLabelValue(text: string): boolean {
  return text === '' || (QUALIFIED.test(text) && text.length <= LONGEST_LABEL);
}
