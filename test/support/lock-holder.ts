import { DuckDBInstance } from '@duckdb/node-api';

// Opens the database that the command line names, says so, and keeps it until its parent is gone or lets go.
const instance = await DuckDBInstance.create(process.argv[2]);
process.on('disconnect', () => instance.closeSync());
process.send?.('open');
