import { crc32 } from 'node:zlib';

export type ZipEntry = { readonly name: string; readonly content: Uint8Array };

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endOfCentral = 0x06054b50;
const version = 20;
/** 1980-01-01 00:00, the first that a zip can tell: equal members give equal bytes. */
const firstDay = 0x21;

/** A zip archive of entries that are stored as they are. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const bytes = Buffer.from(name);
    const described = describe(bytes, content);
    const head = Buffer.concat([word(localHeader), described, bytes]);
    directory.push(word(centralHeader), half(version), described, Buffer.alloc(10), word(offset), bytes);
    parts.push(head, content);
    offset += head.byteLength + content.byteLength;
  }
  const central = Buffer.concat(directory);
  const count = half(entries.length);
  const end = [word(endOfCentral), Buffer.alloc(4), count, count, word(central.byteLength), word(offset), half(0)];
  return Buffer.concat([...parts, central, ...end]);
}

/** What both headers of an entry say: version, flags, method, time, day, checksum, sizes, length of the name, of extra fields. */
function describe(name: Uint8Array, content: Uint8Array): Buffer {
  const size = word(content.byteLength);
  const numbers = [half(version), half(0), half(0), half(0), half(firstDay), word(crc32(content)), size, size];
  return Buffer.concat([...numbers, half(name.byteLength), half(0)]);
}

function half(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
