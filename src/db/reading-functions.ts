/**
 * The table functions that a user's query may call: those that only read. A SELECT can do more than that (`enable_logging` writes
 * files, `json_execute_serialized_sql` runs SQL that nobody has looked at, `arrow_scan` reads any address of memory), so that what
 * is not named here is refused. A test compares the list with what the engine has: a new version is looked through by a person.
 */
export const readingTableFunctions: ReadonlySet<string> = new Set([
  ...words(`
    generate_series range repeat repeat_row summary unnest histogram histogram_values query query_table json_each
    json_tree sql_auto_complete test_all_types test_vector_types
  `),
  // Of files, as far as the engine may open them.
  ...words(`
    read_parquet parquet_scan parquet_metadata parquet_schema parquet_kv_metadata parquet_file_metadata
    parquet_full_metadata parquet_bloom_probe read_csv read_csv_auto sniff_csv read_text read_blob glob read_json
    read_json_auto read_json_objects read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects
  `),
  // Of the engine itself.
  ...words(`
    duckdb_approx_database_count duckdb_columns duckdb_connection_count duckdb_constraints
    duckdb_coordinate_systems duckdb_databases duckdb_dependencies duckdb_extensions duckdb_external_file_cache
    duckdb_functions duckdb_indexes duckdb_keywords duckdb_memory duckdb_optimizers duckdb_prepared_statements
    duckdb_schemas duckdb_sequences duckdb_settings duckdb_profiling_settings duckdb_table_sample duckdb_tables
    duckdb_temporary_files duckdb_types duckdb_variables duckdb_views icu_calendar_names pg_timezone_names
    pragma_collations pragma_database_size pragma_metadata_info pragma_platform pragma_show pragma_storage_info
    pragma_table_info pragma_user_agent pragma_version
  `),
]);

/** Scalar functions that do something. Others with side effects only give another value each time, such as `random`. */
export const actingScalarFunctions: ReadonlySet<string> = new Set(['currval', 'nextval', 'write_log']);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
