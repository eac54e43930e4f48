import type { Writable } from 'node:stream';
import { startHttpServer } from '../platform/http-server.ts';
import { gzipAll, writeOutputFile } from '../platform/output-file.ts';
import { generateSample, sampleFileName, type SampleFacts, type SampleOptions } from '../sample/sample.ts';

/** Writes a sample session into a file, or to a stream that somebody else ends. */
export async function writeSampleFile(
  options: SampleOptions,
  target: string | Writable,
  gzip: boolean,
): Promise<SampleFacts> {
  let facts: SampleFacts | null = null;
  const chunks = generateSample(options);
  await writeOutputFile(
    target,
    remember(chunks, (found) => (facts = found)),
    gzip,
  );
  if (facts === null) throw new Error('the sample has no end');
  return facts;
}

export type SampleServer = {
  readonly url: string;
  readonly origin: string;
  readonly size_bytes: number;
  readonly close: () => Promise<void>;
};

/** Serves a sample session, gzipped, from this machine under the vendor's file name. */
export async function serveSample(options: SampleOptions): Promise<SampleServer> {
  const body = await gzipAll(generateSample(options));
  const headers = { 'content-type': 'application/json', 'content-length': body.byteLength };
  const server = await startHttpServer(() => ({ status: 200, headers, body }));
  const url = `${server.origin}/hist/${sampleFileName(options)}.gz`;
  return { url, origin: server.origin, size_bytes: body.byteLength, close: server.close };
}

/** Passes a generator's values on and hands its result to `keep`. */
function* remember<T, R>(values: Generator<T, R, void>, keep: (result: R) => void): Generator<T, void, void> {
  keep(yield* values);
}
