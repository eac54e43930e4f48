const block_characters = 1024 ** 2;

/** Lines, each with its end, in blocks that are worth a write of their own. */
export async function* blocksOfLines(
  lines: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Uint8Array, void, void> {
  let block = '';
  for await (const line of lines) {
    block += line;
    if (block.length < block_characters) continue;
    yield Buffer.from(block);
    block = '';
  }
  if (block !== '') yield Buffer.from(block);
}
