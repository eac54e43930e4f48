import { DuckDBInstance } from '@duckdb/node-api';

// Tries to open a database for writing each time that its parent names one, and says whether that was possible.
process.on('message', (path: string) => {
  DuckDBInstance.create(path).then(
    (instance) => {
      instance.closeSync();
      process.send?.({ opened: true, error: '' });
    },
    (error: unknown) => process.send?.({ opened: false, error: String(error) }),
  );
});
