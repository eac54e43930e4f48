/** Smaller ones may share their memory with others, and are not worth it. */
const least_bytes = 64 * 1024;

/**
 * Gives the memory of bytes back at once, which nobody may use any more. V8 looks at its own heap, which stays small while an importer fills
 * and drops buffers of many megabytes beside it; left to itself it lets them pile up.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength >= least_bytes && buffer.byteLength === byteLength)
    buffer.transfer(0);
}
