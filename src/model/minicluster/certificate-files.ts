/** The volume with the Secret of the certificate. */
export const CERTIFICATE_VOLUME = 'curve-certificate';

/** Where that Secret is mounted; its files may be read by others. */
export const CERTIFICATE_MOUNT = '/flux-certificate';

/** Where the broker finds the certificate: a copy, since flux-core refuses what others may read. */
export const CERTIFICATE_COPY = '/tmp/flux-certificate/curve.cert';
