import { headOf, openToRead, readInto, sizeOf } from '../platform/files.ts';
import { endsInsideJson } from './json-end.ts';

/** The end of a zip archive, with the longest comment behind it. */
const zipEnding_bytes = 22 + 0xffff;

/** What shows that a file that nobody has told the length of ends too early, in words; null where nothing does. */
export async function endsEarly(path: string, name: string): Promise<string | null> {
  const size_bytes = await sizeOf(path);
  if (size_bytes === 0) return 'nothing came';
  const head = Buffer.from(await headOf(path, 2)).toString('latin1');
  if (head === 'PK') return (await hasZipEnding(path, size_bytes)) ? null : `${name} has no end of a zip archive`;
  // What is packed otherwise is found to be whole when it is unpacked.
  const isJson = /^[\s[{]/.test(head);
  return isJson && (await endsInsideJson(path)) ? `${name} ends inside its JSON` : null;
}

async function hasZipEnding(path: string, size_bytes: number): Promise<boolean> {
  const file = await openToRead(path);
  try {
    const tail = Buffer.alloc(Math.min(size_bytes, zipEnding_bytes));
    await readInto(file, tail, 0, tail.byteLength, size_bytes - tail.byteLength);
    return tail.includes('PK\u0005\u0006', 0, 'latin1');
  } finally {
    await file.close();
  }
}
