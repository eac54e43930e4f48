import type * as duckdb from '@duckdb/node-api';
import type { DuckDBType } from '@duckdb/node-api';
import { sqlName } from './sql.ts';

/**
 * The type with which DuckDB's Parquet writer keeps a column's values: the type itself, or another where the writer would change
 * them. It writes huge integers as doubles, intervals without their microseconds (negative ones not at all), times with a zone
 * without it, and milliseconds as if they were microseconds.
 */
export function parquetType({ DuckDBTypeId: Type }: typeof duckdb, type: DuckDBType): string {
  const kept = (inner: DuckDBType): string => {
    switch (inner.typeId) {
      case Type.HUGEINT:
      case Type.UHUGEINT:
        return 'DECIMAL(38, 0)';
      case Type.INTERVAL:
      case Type.TIME_TZ:
        return 'VARCHAR';
      case Type.TIMESTAMP_S:
      case Type.TIMESTAMP_MS:
        return 'TIMESTAMP';
      case Type.LIST:
        return `${kept(inner.valueType)}[]`;
      case Type.ARRAY:
        return `${kept(inner.valueType)}[${inner.length}]`;
      case Type.MAP:
        return `MAP(${kept(inner.keyType)}, ${kept(inner.valueType)})`;
      case Type.STRUCT: {
        const entries = inner.entryTypes.map((entry, at) => `${sqlName(inner.entryNames[at] ?? '')} ${kept(entry)}`);
        return `STRUCT(${entries.join(', ')})`;
      }
      default:
        return String(inner);
    }
  };
  return kept(type);
}
