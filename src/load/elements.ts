import { openToRead } from '../platform/files.ts';
import { recordInside } from './envelope.ts';
import { RecordWalk } from './record-walk.ts';
import { Window } from './window.ts';

/**
 * An element of a source's list of records, or a value of one that has them one after the other: a record, or the envelope of one. Its
 * bytes are a view that the next one writes over.
 */
type Element = { readonly number: number; readonly byte: number; readonly bytes: Uint8Array };

/** The elements of an unpacked source, in its order; of each only its brackets and strings are looked at. `name` is for messages. */
export async function* elementsOf(path: string, name: string): AsyncGenerator<Element, void, void> {
  const file = await openToRead(path);
  try {
    const walk = new RecordWalk(new Window(file), name);
    await walk.open();
    while (await walk.toNext()) {
      const { byte, record: number } = walk.place;
      const end = await walk.endOfElement();
      yield { number, byte, bytes: walk.window.bytes.subarray(walk.at, end) };
      walk.pass(end);
    }
  } finally {
    await file.close();
  }
}

/** A record within its element: where it starts in it, and its bytes. */
type SourceRecord = { readonly start: number; readonly bytes: Uint8Array };

/** The record that an element carries, or is. */
export function recordOf({ number, byte, bytes }: Element, name: string): SourceRecord {
  const place = { file: name, record: number, byte };
  const { start, end } = recordInside({ bytes, start: 0, end: bytes.byteLength }, [], place);
  return { start, bytes: bytes.subarray(start, end) };
}
