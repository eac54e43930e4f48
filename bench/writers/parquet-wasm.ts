import type { StrikeRows } from '../../src/parquet/row-groups.ts';
import { perRow } from './row-groups.ts';
import type { BenchWriter } from './writer.ts';

type Type = object;
type Data = object;
/** What is used of apache-arrow, which need not be there. */
type Arrow = {
  readonly makeData: (props: Readonly<Record<string, unknown>>) => Data;
  readonly makeVector: (data: Data) => object;
  readonly Table: new (columns: Readonly<Record<string, object>>) => object;
  readonly tableToIPC: (table: object, form: 'stream') => Uint8Array;
  readonly Field: new (name: string, type: Type, nullable: boolean) => object;
  readonly List: new (item: object) => Type;
  readonly Dictionary: new (values: Type, indices: Type) => Type;
  readonly TimestampMicrosecond: new (zone: string) => Type;
} & Readonly<Record<'Float64' | 'Int32' | 'DateDay' | 'Utf8', new () => Type>>;

type Properties = {
  readonly setCompression: (codec: number) => Properties;
  readonly setDictionaryEnabled: (enabled: boolean) => Properties;
  readonly setStatisticsEnabled: (level: number) => Properties;
  readonly build: () => object;
};
/** And of parquet-wasm. A table and properties are used up by writing. */
type Wasm = {
  readonly Compression: { readonly ZSTD: number };
  readonly EnabledStatistics: { readonly Chunk: number };
  readonly Table: { readonly fromIPCStream: (stream: Uint8Array) => object };
  readonly WriterPropertiesBuilder: new () => Properties;
  readonly writeParquet: (table: object, properties: object) => Uint8Array;
};

const [arrowName, wasmName]: string[] = ['apache-arrow', 'parquet-wasm'];
const arrow = (await import(arrowName as string)) as Arrow;
const wasm = (await import(wasmName as string)) as Wasm;
const { makeData } = arrow;

/** With dictionaries, as it does it by itself. */
export const writer: BenchWriter = wasmWriter(true);

/** Doubles go into Arrow as they are; the one way into WebAssembly is a stream in Arrow's format. It has no setting for zstd's level. */
export function wasmWriter(dictionaries: boolean): BenchWriter {
  return {
    prepare: (rows) => {
      const table = new arrow.Table(vectorsOf(rows));
      return async () => {
        const inside = wasm.Table.fromIPCStream(arrow.tableToIPC(table, 'stream'));
        const properties = new wasm.WriterPropertiesBuilder()
          .setCompression(wasm.Compression.ZSTD)
          .setStatisticsEnabled(wasm.EnabledStatistics.Chunk)
          .setDictionaryEnabled(dictionaries)
          .build();
        return wasm.writeParquet(inside, properties);
      };
    },
  };
}

function vectorsOf(rows: StrikeRows): Record<string, object> {
  const { days, timestamps, spots, lengths } = rows;
  const dates = Int32Array.from(perRow(days, lengths));
  const moments = BigInt64Array.from(perRow(timestamps.map(BigInt), lengths));
  const columns: Record<string, Data> = {
    endpoint: always(rows.endpoint, rows.rows),
    session_date: makeData({ type: new arrow.DateDay(), data: dates }),
    timestamp: makeData({ type: new arrow.TimestampMicrosecond('UTC'), data: moments }),
    ticker: always(rows.ticker, rows.rows),
    spot: doubles(Float64Array.from(perRow(spots, lengths))),
  };
  for (const [name, numbers] of Object.entries(rows.numbers)) columns[name] = doubles(numbers);
  columns['priors'] = lists(rows.priors, rows.rows);
  return Object.fromEntries(Object.entries(columns).map(([name, data]) => [name, arrow.makeVector(data)]));
}

function doubles(data: Float64Array): Data {
  return makeData({ type: new arrow.Float64(), data });
}

function lists({ values, width }: StrikeRows['priors'], rows: number): Data {
  const type = new arrow.List(new arrow.Field('element', new arrow.Float64(), true));
  const valueOffsets = new Int32Array(rows + 1);
  for (let row = 1; row <= rows; row++) valueOffsets[row] = row * width;
  return makeData({ type, valueOffsets, child: doubles(values) });
}

/** A text that every row has, by a dictionary of one entry. */
function always(text: string, rows: number): Data {
  const data = Buffer.from(text);
  const entries = makeData({ type: new arrow.Utf8(), valueOffsets: Int32Array.of(0, data.length), data });
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());
  return makeData({ type, data: new Int32Array(rows), dictionary: arrow.makeVector(entries) });
}
