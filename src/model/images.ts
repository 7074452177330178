/** Public images that are used where a construct is given none, each by digest: we publish none of our own. */

/**
 * Python on Debian 12, with bash and util-linux: what the supervisor of flux-distribute runs in, on amd64 and arm64.
 *
 * The digest is that of the index of `python:3.13.14-slim-bookworm` on Docker Hub, as Dockerfiles of several independent
 * public repositories have it (seen in August 2026). It is what this prints:
 * `docker buildx imagetools inspect python:3.13.14-slim-bookworm`.
 */
export const PYTHON_IMAGE =
  'docker.io/library/python:3.13.14-slim-bookworm@sha256:67a1e1f215ccda113cfc024e8639049257e88f273898f595b61476d128d387e8';
