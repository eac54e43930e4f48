/** One row: values as JSON knows them, in the order of the columns. */
export type QueryRow = readonly unknown[];

/** A query's result while it comes. The rows can be gone through once; whoever stops early stops the query. */
export type QueryRows = {
  readonly columns: readonly string[];
  /** The engine's names of their types. */
  readonly types: readonly string[];
  readonly blocks: () => AsyncIterable<readonly QueryRow[]>;
  /** Whether there were more rows than were asked for; known when all blocks have been read. */
  readonly hasMore: () => boolean;
};

/** The whole result of a query that has few rows. */
export type QueryResult = {
  readonly columns: readonly string[];
  readonly rows: readonly QueryRow[];
  /** True where there were more rows than the limit. */
  readonly more: boolean;
};
