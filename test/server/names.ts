// Preloaded into the service and its importers: an attacker's name server. Names under .example lead to where the environment
// says, everything else to where the system says. Only what the system call answers is replaced; who asks, and what is made of
// the answer, is the program's own.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const names = JSON.parse(process.env['GEXLAKE_TEST_NAMES'] ?? '{}') as Record<string, readonly string[]>;
const system = dns.lookup;

type Found = { readonly address: string; readonly family: number };
type Answer = (error: Error | null, found: readonly Found[]) => void;

function lookup(name: string, options: dns.LookupAllOptions, answer: Answer): void {
  const addresses = names[name];
  if (addresses === undefined) system(name, options, answer);
  else
    setImmediate(() =>
      answer(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );
}

Object.assign(dns, { lookup });
syncBuiltinESMExports();
