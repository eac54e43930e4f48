// Makes the types of a client from the OpenAPI document of the service, as the program itself serves it:
//
//   npm run api-types        writes test/server/api.d.ts
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import openapiTS, { astToString } from 'openapi-typescript';

const target = resolve(import.meta.dirname, '../../test/server/api.d.ts');

/** The types of a document, as they are written into the file. */
export async function clientTypes(document: string): Promise<string> {
  const types = astToString(await openapiTS(document));
  return `// Made from the OpenAPI document by \`npm run api-types\`; a test holds the two equal.\n${types}`;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gexlake-api-'));
  const program = resolve(import.meta.dirname, '../../bin/gexlake.js');
  const args = [program, 'serve', '--port', '0', '--json', '--data-dir', folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { readonly url: string };
      const answer = await fetch(`${url}/openapi.json`);
      writeFileSync(target, await clientTypes(await answer.text()));
      break;
    }
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) await main();
