import type { SampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { quant } from '../sample-vendor/asking.ts';

/** What the program has to be told to use a stand-in, as fast as it can. */
export function settingsFor(standin: SampleVendor, key: string = quant): Record<string, string> {
  return {
    GEXLAKE_GEXBOT_URL: standin.apiUrl,
    GEXLAKE_GEXBOT_KEY: key,
    GEXLAKE_GEXBOT_PACE_MS: '0',
    GEXLAKE_GEXBOT_FALLBACK_HOST: standin.fallbackUrl,
    GEXLAKE_SOURCE_ALLOW: `${standin.blobUrl},${standin.fallbackUrl}`,
  };
}
