/** When a row group of `strikes` is closed, always behind a whole record. DuckDB's own size, so its threads share a day well. */
export const strikeGroup = {
  rows: 122_880,
  /** Positions of records in dictionaries take 16 bits. */
  records: 65_000,
} as const;

/** When a row group of `snapshots` is closed: one long session fits into one. */
export const snapshotGroup = { rows: 32_768 } as const;
