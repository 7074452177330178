/** Paths, web addresses and checksums as they may stand in the settings of our programs. */

const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.+-]+)+$/;

/** Is this an absolute path that does not go up, of characters that no shell, TOML or unit file reads as something else? */
export function isPath(text: string): boolean {
  return PATH.test(text);
}

/** Folders that the system needs as they are, and those within which nothing of ours may be. */
const WHOLE =
  /^\/(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|usr\/local|var|var\/(?:cache|lib|local|mail|opt|run|spool|tmp))$/;
const WITHIN =
  /^\/(?:bin|boot|dev|etc|lib\w*|proc|root|sbin|sys|usr\/(?!local(?:\/|$))[^/]+|usr\/local\/(?:s?bin|lib\w*|etc)|opt\/(?:cni|containerd)|var\/(?:log|run|spool)|var\/lib\/(?:containerd|containers|cni|dbus|docker|etcd|kube\w*|kubelet|rancher|systemd|cloud))(?:\/|$)/;

/** Is this a folder of the system, which would not work with anything else in its place? */
export function isOfTheSystem(path: string): boolean {
  return WHOLE.test(path) || WITHIN.test(path);
}

/** Does one of these folders lie in the other, or are they the same? */
export function overlaps(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}

/** Parameters by which web addresses carry rights, and the path by which conda channels do. */
const SECRET_PARAMETER = /[?&][^=&]*(?:sig|token|secret|password|credential|auth|key)[^=&]*=/i;
const TOKEN_IN_PATH = /^\/t\/[^/]/;

/** Is this an address on the web, without a secret in it? */
export function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return false;
  return !SECRET_PARAMETER.test(url.search) && !TOKEN_IN_PATH.test(url.pathname);
}

/** Is this what sha256sum prints? */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}
