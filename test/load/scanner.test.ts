import fc from 'fast-check';
import { anyRecord, blocks, kinds, printArray, spaces, vendorRecord, type Print } from './arbitraries.ts';
import { assertSame, given, open_s } from './loaded.ts';
import { modelOf, type Kind } from './model.ts';
import { runs } from '../support/shares.ts';

const { ticker } = given;

type File = { readonly kind: Kind; readonly content: string };

/** Plain records to stand behind `count` others, so that what is odd about one field of those is in less than a tenth of all. */
function padding(count: number): Print[] {
  return Array.from(
    { length: 10 * count },
    (_, at) => () => `{"timestamp":${open_s + 1000 + at},"ticker":"${ticker}","spot":1}`,
  );
}

function fileOf(make: (kind: Kind, at: number) => fc.Arbitrary<Print>, most: number): fc.Arbitrary<File> {
  return kinds
    .chain((kind) =>
      fc.record({
        kind: fc.constant(kind),
        records: fc
          .integer({ min: 1, max: most })
          .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => make(kind, at)))),
        pieces: spaces,
      }),
    )
    .map(({ kind, records, pieces }) => ({
      kind,
      content: printArray([...records, ...padding(records.length)], pieces),
    }));
}

/** Each block is a trip to the file system: a block may be small, but not for a long file. */
function blockFor(content: string, block_bytes: number | undefined): { block_bytes?: number } {
  return block_bytes === undefined ? {} : { block_bytes: Math.max(block_bytes, Math.ceil(content.length / 200)) };
}

const vendorFiles = fileOf((kind, at) => vendorRecord(kind, ticker, open_s + at), 8);
const anyFiles = fileOf((kind, at) => anyRecord(kind, ticker, open_s + at), 4);
const mixedFiles = fileOf((kind, at) => (at % 3 === 1 ? anyRecord : vendorRecord)(kind, ticker, open_s + at), 8);

for (const [name, files, many] of [
  ['records of the vendor’s form', vendorFiles, 100],
  ['records of any form', anyFiles, 200],
  ['records of both forms, one after the other', mixedFiles, 80],
] as const) {
  for (const [trial, numRuns] of runs(8, many))
    trial(`${name} are published as JSON.parse reads them: ${numRuns} files`, async () => {
      await fc.assert(
        fc.asyncProperty(files, blocks, async ({ kind, content }, block_bytes) => {
          const expected = modelOf(JSON.parse(content) as unknown[], { ...given, kind });
          await assertSame(content, expected, { kind, ...blockFor(content, block_bytes) });
        }),
        { numRuns },
      );
    });
}
