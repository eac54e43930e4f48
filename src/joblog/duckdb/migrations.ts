import type { Migration } from '../../db/db.ts';
import { commitTimes } from './commit-times.ts';
import { dataAsData } from './data-as-data.ts';

/**
 * The schemas of `gex_history.db`, oldest first. Times are TIMESTAMP in UTC. No table has a key or an index: job ids are unique
 * by how they are made, the tables are small, and in DuckDB 1.5.6 a commit that fails on a full disk while there is an index to
 * be reverted ends the process (duckdb::FatalException in RevertCommit) instead of failing.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'jobs, events and files',
    statements: [
      `CREATE TABLE import_jobs (
        id VARCHAR NOT NULL,
        url VARCHAR NOT NULL,
        checksum VARCHAR,
        ticker VARCHAR,
        status VARCHAR NOT NULL CHECK (status IN ('pending', 'started', 'staged', 'completed', 'failed', 'skipped', 'cancelled')),
        records_processed BIGINT,
        last_error VARCHAR,
        created_at TIMESTAMP NOT NULL,
        updated_at TIMESTAMP NOT NULL,
        kind VARCHAR NOT NULL CHECK (kind IN ('import', 'correction', 'rewrite', 'migration')),
        endpoint VARCHAR,
        session_date DATE,
        staged_path VARCHAR,
        attempts INTEGER NOT NULL,
        owner VARCHAR,
        heartbeat_at TIMESTAMP,
        skipped BOOLEAN NOT NULL,
        skipped_as VARCHAR,
        records_read BIGINT,
        records_duplicate BIGINT,
        records_quarantined BIGINT,
        corrects_job_id VARCHAR,
        reason VARCHAR,
        actor VARCHAR,
        started_at TIMESTAMP,
        finished_at TIMESTAMP,
        publish BOOLEAN NOT NULL
      )`,
      `CREATE TABLE job_events (
        job_id VARCHAR NOT NULL,
        occurred_at TIMESTAMP NOT NULL,
        actor VARCHAR NOT NULL,
        event VARCHAR NOT NULL,
        detail VARCHAR
      )`,
      `CREATE TABLE parquet_files (
        job_id VARCHAR NOT NULL,
        path VARCHAR NOT NULL,
        dataset VARCHAR NOT NULL,
        ticker VARCHAR NOT NULL,
        endpoint VARCHAR NOT NULL,
        session_dates DATE[] NOT NULL,
        row_count BIGINT NOT NULL,
        size_bytes BIGINT NOT NULL,
        checksum VARCHAR NOT NULL,
        first_timestamp TIMESTAMP NOT NULL,
        last_timestamp TIMESTAMP NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('publishing', 'live', 'superseded')),
        superseded_by VARCHAR,
        archive_path VARCHAR,
        created_at TIMESTAMP NOT NULL
      )`,
    ],
  },
  {
    version: 2,
    name: 'what came with a job over HTTP',
    statements: [
      `CREATE TABLE job_requests (
        job_id VARCHAR NOT NULL,
        origin VARCHAR NOT NULL CHECK (origin IN ('http')),
        idempotency_key VARCHAR,
        fields VARCHAR,
        received_at TIMESTAMP NOT NULL
      )`,
    ],
  },
  {
    version: 3,
    name: 'archived sources, maintenance',
    statements: [
      `CREATE TABLE archived_sources (
        job_id VARCHAR NOT NULL,
        staged_path VARCHAR NOT NULL,
        archive_path VARCHAR NOT NULL,
        checksum VARCHAR NOT NULL,
        size_bytes BIGINT NOT NULL,
        archived_checksum VARCHAR NOT NULL,
        archived_size_bytes BIGINT NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('archived', 'removed')),
        archived_at TIMESTAMP NOT NULL,
        removed_at TIMESTAMP
      )`,
      `CREATE TABLE maintenance_runs (
        task VARCHAR NOT NULL,
        started_at TIMESTAMP NOT NULL,
        actor VARCHAR NOT NULL
      )`,
    ],
  },
  {
    version: 4,
    name: 'layout of the data folder',
    statements: ['CREATE TABLE data_layout (version INTEGER NOT NULL)', 'INSERT INTO data_layout VALUES (1)'],
  },
  {
    version: 5,
    name: 'what files are made of',
    statements: [],
    // Before this, there was one version of the contract.
    adds: [
      { table: 'parquet_files', column: 'contract_version', type: 'VARCHAR', value: "'1'" },
      { table: 'parquet_files', column: 'writer', type: 'VARCHAR', value: 'NULL' },
      { table: 'parquet_files', column: 'content_hash', type: 'VARCHAR', value: 'NULL' },
    ],
  },
  dataAsData,
  commitTimes,
  {
    version: 8,
    name: 'how much of the journal is in it',
    statements: [
      'CREATE TABLE journal_position (size BIGINT NOT NULL, head VARCHAR NOT NULL, schema_version INTEGER NOT NULL)',
      // With the folder log/.
      'UPDATE data_layout SET version = 2',
    ],
  },
  {
    version: 9,
    name: 'receipts and record roots of sources, what was purged, and looked at again, and how good sessions are',
    statements: [
      `CREATE TABLE source_receipts (
        job_id VARCHAR NOT NULL,
        attempt INTEGER NOT NULL,
        received_at TIMESTAMP NOT NULL,
        location VARCHAR NOT NULL,
        wire_bytes BIGINT NOT NULL,
        wire_checksum VARCHAR NOT NULL,
        etag VARCHAR,
        last_modified VARCHAR,
        content_md5 VARCHAR,
        content_length BIGINT,
        modified_at TIMESTAMP
      )`,
      `CREATE TABLE source_roots (
        checksum VARCHAR NOT NULL,
        record_root VARCHAR NOT NULL,
        records BIGINT NOT NULL,
        rule VARCHAR NOT NULL CHECK (rule IN ('1')),
        noted_at TIMESTAMP NOT NULL
      )`,
      `CREATE TABLE purged_files (
        job_id VARCHAR NOT NULL,
        path VARCHAR NOT NULL,
        kind VARCHAR NOT NULL CHECK (kind IN ('live', 'superseded', 'source', 'archived', 'quarantine', 'copy', 'pin')),
        of_job_id VARCHAR,
        checksum VARCHAR,
        source_checksum VARCHAR,
        size_bytes BIGINT NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('intended', 'removing', 'purged')),
        purged_at TIMESTAMP
      )`,
      `CREATE TABLE rechecks (
        id VARCHAR NOT NULL,
        checked_at TIMESTAMP NOT NULL,
        actor VARCHAR NOT NULL,
        job_id VARCHAR,
        source VARCHAR NOT NULL,
        ticker VARCHAR NOT NULL,
        endpoint VARCHAR NOT NULL,
        session_date DATE,
        checksum VARCHAR,
        result VARCHAR NOT NULL CHECK (result IN ('same', 'equal', 'longer', 'restated', 'new')),
        kept_path VARCHAR,
        summary VARCHAR
      )`,
      `CREATE TABLE quality (
        ticker VARCHAR NOT NULL,
        endpoint VARCHAR NOT NULL,
        session_date DATE NOT NULL,
        job_id VARCHAR NOT NULL,
        made_at TIMESTAMP NOT NULL,
        rules INTEGER NOT NULL,
        basis VARCHAR NOT NULL CHECK (basis IN ('source', 'files')),
        condition VARCHAR NOT NULL CHECK (condition IN ('available', 'degraded')),
        records BIGINT NOT NULL,
        first_timestamp TIMESTAMP NOT NULL,
        last_timestamp TIMESTAMP NOT NULL,
        seconds_expected BIGINT,
        seconds_present BIGINT,
        gaps BIGINT NOT NULL,
        gap_s BIGINT NOT NULL,
        longest_gap_s BIGINT NOT NULL,
        frozen_runs BIGINT,
        frozen_s BIGINT,
        longest_frozen_s BIGINT,
        spot_jumps BIGINT NOT NULL,
        largest_jump_bp BIGINT NOT NULL,
        statements VARCHAR NOT NULL,
        drift VARCHAR NOT NULL,
        committed_at TIMESTAMP,
        superseded_at TIMESTAMP
      )`,
    ],
  },
  {
    version: 10,
    name: 'what the vendor was asked for, whose work that is, and what people are told of',
    statements: [
      `CREATE TABLE vendor_calls (
        source VARCHAR NOT NULL,
        ticker VARCHAR NOT NULL,
        endpoint VARCHAR,
        session_date DATE NOT NULL,
        answer VARCHAR NOT NULL CHECK (answer IN ('given', 'not_in_plan', 'throttled', 'not_published', 'no_session', 'too_old', 'absent', 'key_refused', 'unreachable', 'odd', 'incomplete', 'yesterday')),
        http_status INTEGER,
        detail VARCHAR,
        calls BIGINT NOT NULL,
        first_asked_at TIMESTAMP NOT NULL,
        last_asked_at TIMESTAMP NOT NULL,
        ask_again_at TIMESTAMP,
        wire_bytes BIGINT,
        took_ms BIGINT
      )`,
      `CREATE TABLE duties (
        name VARCHAR NOT NULL CHECK (name IN ('fetch')),
        owner VARCHAR NOT NULL,
        since TIMESTAMP NOT NULL
      )`,
      `CREATE TABLE notices (
        matter VARCHAR NOT NULL,
        raised_at TIMESTAMP NOT NULL,
        kind VARCHAR NOT NULL CHECK (kind IN ('day_at_risk', 'day_lost', 'fetch_failing', 'day_restated', 'disk_low', 'verify_failed')),
        title VARCHAR NOT NULL,
        text VARCHAR NOT NULL,
        final BOOLEAN NOT NULL,
        cleared_at TIMESTAMP,
        told VARCHAR NOT NULL,
        told_all_clear VARCHAR NOT NULL
      )`,
    ],
    adds: [{ table: 'source_receipts', column: 'archive_checksum', type: 'VARCHAR', value: 'NULL' }],
  },
];
