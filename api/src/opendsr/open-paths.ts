/** What anybody may read of an OpenDSR processor (§6): that it is one, and the certificate its answers are checked with. */
export const DISCOVERY_PATHS = ['/opendsr/v2/discovery', '/opendsr/v1/discovery'] as const;
export const CERTIFICATE_PATH = '/opendsr/certificate.pem';
export const OPEN_PATHS: readonly string[] = [...DISCOVERY_PATHS, CERTIFICATE_PATH];
