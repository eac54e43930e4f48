import { randomBytes } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562) without dashes: 32 hexadecimal digits that sort by time, cannot be guessed, and are legal inside a
 * table name.
 */
export function newJobId(now_ms: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now_ms, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString('hex');
}

export function isJobId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** When a job was asked for: its id begins with that time, in milliseconds. */
export function beganAt_ms(jobId: string): number {
  return Number.parseInt(jobId.slice(0, 12), 16);
}
