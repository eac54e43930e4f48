import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';

/** A certificate of nobody's, for `files.example`, that tests trust and that nothing else does; valid until 2120. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBbDCCAROgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1maWxlcy5l
eGFtcGxlMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1maWxlcy5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExuD3
XX0bBU6VOsVIKb0xcGXPag8rIaUU5JUhKHtp1skscy7GRpaau+UHBfb5oCqsyxg/
/mpM0yKlKaIWDZgwyaNMMEowDwYDVR0TAQH/BAUwAwEB/zAYBgNVHREEETAPgg1m
aWxlcy5leGFtcGxlMB0GA1UdDgQWBBQlRcc/RNmxtia2SxXXidHnUCU7UzAKBggq
hkjOPQQDAgNHADBEAiBt+1qX88nK7+fWBK8mZp9e8gzPpstfEqAQN4YIgmicBAIg
atum4iaEkzoDkg2YoMM7dyNwGRS9FByC7ZleNgYEbFo=
-----END CERTIFICATE-----`;

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgute+FDPLodgNW8Vx
E8DrCcmEYIQViYltq2oxcUGPCmChRANCAATG4PddfRsFTpU6xUgpvTFwZc9qDysh
pRTklSEoe2nWySxzLsZGlpq75QcF9vmgKqzLGD/+akzTIqUpohYNmDDJ
-----END PRIVATE KEY-----`;

/** A server that speaks TLS as `files.example`. It is not listening yet. */
export function createTlsServer(listener: RequestListener): Server {
  return createServer({ key, cert: certificate }, listener);
}
