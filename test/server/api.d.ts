// Made from the OpenAPI document by `npm run api-types`; a test holds the two equal.
export interface paths {
    "/gex_history_url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import a history file
         * @description The file name in the URL decides ticker, endpoint and session where it has them. Fields that are not known are kept with the job. The same URL, while its job waits or runs, and the same Idempotency-Key give the same job.
         */
        post: operations["importHistory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace the sessions that a job has published by the rows of another source */
        post: operations["correctJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs, newest first */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a job with its events and files */
        get: operations["showJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a failed or staged job pending again
         * @description A staged job is published by its next attempt.
         */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a pending, failed or staged job
         * @description A job that runs cannot be cancelled.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which sessions are here, and which are missing or incomplete */
        get: operations["coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How good the sessions are */
        get: operations["quality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List published files, newest first */
        get: operations["listFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow what happens to jobs (server-sent events)
         * @description First an event `snapshot` (`jobs`, `counts`), or with Last-Event-ID what was missed. Then an event `job` (`event`, `job`) for each change, with ids that only rise, and `progress` of running imports and `fetch` of what is got by itself, which have no id. After `replaced` the job log is another one, and a `snapshot` follows.
         */
        get: operations["followEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the service lives, and whether it can work */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures of the service, for Prometheus */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An error (RFC 9457). */
        Problem: {
            /** @description The code as a URN. */
            type: string;
            /** @description The code in words. */
            title: string;
            /** @description The HTTP status. */
            status: number;
            /** @description What failed, which one, found against expected. */
            detail: string;
            /** @description The stable code; docs/errors.md has them all. */
            code: string;
            /** @description What to do. */
            hint: string | null;
            /** @description The request, as the log of the service names it. */
            request_id: string;
        };
        /** @description A job as the log has it. */
        Job: {
            /** @description The job: 32 hexadecimal digits. */
            id: string;
            /** @description The same as `id`. */
            job_id: string;
            /** @description The source; its query string is replaced by ?…. */
            url: string;
            /** @description SHA-256 of the unpacked source. */
            checksum: string | null;
            /** @description The ticker. */
            ticker: string | null;
            /**
             * @description Where the job is in its life.
             * @enum {unknown}
             */
            status: "pending" | "started" | "staged" | "completed" | "failed" | "skipped" | "cancelled";
            /** @description Records that were published. */
            records_processed: number | null;
            /** @description Why the last attempt failed: code and message. */
            last_error: string | null;
            /**
             * Format: date-time
             * @description When it was written down.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * @description What kind of job it is.
             * @enum {unknown}
             */
            kind: "import" | "correction" | "rewrite" | "migration";
            /** @description The governed name of the endpoint. */
            endpoint: string | null;
            /** @description The session, if there is only one. */
            session_date: string | null;
            /** @description The staged source, relative to the data folder. */
            staged_path: string | null;
            /** @description How often it has been started. */
            attempts: number;
            /** @description The process that runs it, or ran it last. */
            owner: string | null;
            /** @description When that process last said that it lives. */
            heartbeat_at: string | null;
            /** @description Whether it brought nothing new. */
            skipped: boolean;
            /** @description The job whose rows are live instead. */
            skipped_as: string | null;
            /** @description Records in the source. */
            records_read: number | null;
            /** @description Records that were there already. */
            records_duplicate: number | null;
            /** @description Records that were set aside. */
            records_quarantined: number | null;
            /** @description The job that this one corrects. */
            corrects_job_id: string | null;
            /** @description Why something that is published was changed. */
            reason: string | null;
            /** @description Who asked for it. */
            actor: string | null;
            /** @description When the last attempt started. */
            started_at: string | null;
            /** @description When it ended. */
            finished_at: string | null;
            /** @description Whether it goes on to publish once it is checked. */
            publish: boolean;
            /** @description What a rewrite or a migration is about. */
            target: {
                /**
                 * @description What is done to it.
                 * @enum {unknown}
                 */
                kind: "compaction" | "withdrawal" | "restoration" | "reparation" | "migration" | "purge" | "readmission";
                /** @description The folder that a compaction is about. */
                folder?: string;
                /** @description The file that it is about. */
                path?: string;
                /** @description The job that a withdrawal or a purge is about. */
                job_id?: string;
                /** @description The plan that it was asked for by. */
                plan_id?: string | null;
                /** @description The version of the contract that a compaction raises its folder to. */
                contract?: string;
                /** @description The ticker that a purge is about. */
                ticker?: string;
                /** @description The endpoint that a purge is about. */
                endpoint?: string;
                /** @description The first session that a purge is about. */
                from?: string;
                /** @description The last session that a purge is about. */
                to?: string;
                /** @description What becomes of pins that hold what a purge takes: `stop` or `remove`. */
                pins?: string;
            } | null;
            /** @description Why it failed; null if it has not. */
            error: {
                /** @description The stable code. */
                code: string;
                /** @description What failed. */
                message: string;
                /** @description What to do. */
                hint: string | null;
            } | null;
            /**
             * @description By which way it came.
             * @enum {unknown}
             */
            origin: "command" | "http" | "rebuild";
        };
        /** @description A job with what has become of it so far. */
        JobResult: {
            /** @description The job: 32 hexadecimal digits. */
            id: string;
            /** @description The same as `id`. */
            job_id: string;
            /** @description The source; its query string is replaced by ?…. */
            url: string;
            /** @description SHA-256 of the unpacked source. */
            checksum: string | null;
            /** @description The ticker. */
            ticker: string | null;
            /**
             * @description Where the job is in its life.
             * @enum {unknown}
             */
            status: "pending" | "started" | "staged" | "completed" | "failed" | "skipped" | "cancelled";
            /** @description Records that were published. */
            records_processed: number | null;
            /** @description Why the last attempt failed: code and message. */
            last_error: string | null;
            /**
             * Format: date-time
             * @description When it was written down.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * @description What kind of job it is.
             * @enum {unknown}
             */
            kind: "import" | "correction" | "rewrite" | "migration";
            /** @description The governed name of the endpoint. */
            endpoint: string | null;
            /** @description The session, if there is only one. */
            session_date: string | null;
            /** @description The staged source, relative to the data folder. */
            staged_path: string | null;
            /** @description How often it has been started. */
            attempts: number;
            /** @description The process that runs it, or ran it last. */
            owner: string | null;
            /** @description When that process last said that it lives. */
            heartbeat_at: string | null;
            /** @description Whether it brought nothing new. */
            skipped: boolean;
            /** @description The job whose rows are live instead. */
            skipped_as: string | null;
            /** @description Records in the source. */
            records_read: number | null;
            /** @description Records that were there already. */
            records_duplicate: number | null;
            /** @description Records that were set aside. */
            records_quarantined: number | null;
            /** @description The job that this one corrects. */
            corrects_job_id: string | null;
            /** @description Why something that is published was changed. */
            reason: string | null;
            /** @description Who asked for it. */
            actor: string | null;
            /** @description When the last attempt started. */
            started_at: string | null;
            /** @description When it ended. */
            finished_at: string | null;
            /** @description Whether it goes on to publish once it is checked. */
            publish: boolean;
            /** @description What a rewrite or a migration is about. */
            target: {
                /**
                 * @description What is done to it.
                 * @enum {unknown}
                 */
                kind: "compaction" | "withdrawal" | "restoration" | "reparation" | "migration" | "purge" | "readmission";
                /** @description The folder that a compaction is about. */
                folder?: string;
                /** @description The file that it is about. */
                path?: string;
                /** @description The job that a withdrawal or a purge is about. */
                job_id?: string;
                /** @description The plan that it was asked for by. */
                plan_id?: string | null;
                /** @description The version of the contract that a compaction raises its folder to. */
                contract?: string;
                /** @description The ticker that a purge is about. */
                ticker?: string;
                /** @description The endpoint that a purge is about. */
                endpoint?: string;
                /** @description The first session that a purge is about. */
                from?: string;
                /** @description The last session that a purge is about. */
                to?: string;
                /** @description What becomes of pins that hold what a purge takes: `stop` or `remove`. */
                pins?: string;
            } | null;
            /** @description Why it failed; null if it has not. */
            error: {
                /** @description The stable code. */
                code: string;
                /** @description What failed. */
                message: string;
                /** @description What to do. */
                hint: string | null;
            } | null;
            /**
             * @description By which way it came.
             * @enum {unknown}
             */
            origin: "command" | "http" | "rebuild";
            /** @description The sessions that its records belong to. */
            session_dates: string[];
            /** @description Rows of `strikes` that it published. */
            strike_rows: number;
            /** @description For a staged job, its table in gex_data.db. */
            staging_table: string | null;
            /** @description The files that it published, relative to the data folder. */
            parquet_files: string[];
            /** @description What somebody should look at although it has not failed, such as that its bytes are live elsewhere. */
            warnings: string[];
        };
        /** @description Something that happened to a job. */
        JobEvent: {
            /** @description The job. */
            job_id: string;
            /**
             * Format: date-time
             * @description When it happened.
             */
            occurred_at: string;
            /** @description Who did it. */
            actor: string;
            /** @description What happened: created, started, received, publishing, completed, … */
            event: string;
            /** @description More about it, in words. */
            detail: string | null;
        };
        /** @description A published file. */
        ParquetFile: {
            /** @description The job that published it. */
            job_id: string;
            /** @description Relative to the data folder. */
            path: string;
            /**
             * @description What its rows are.
             * @enum {unknown}
             */
            dataset: "strikes" | "snapshots";
            /** @description The ticker. */
            ticker: string;
            /** @description The endpoint. */
            endpoint: string;
            /** @description The sessions that it has rows of. */
            session_dates: string[];
            /** @description Rows. */
            row_count: number;
            /** @description Bytes. */
            size_bytes: number;
            /** @description SHA-256 of its bytes. */
            checksum: string;
            /**
             * Format: date-time
             * @description The first second.
             */
            first_timestamp: string;
            /**
             * Format: date-time
             * @description The last second.
             */
            last_timestamp: string;
            /**
             * @description Whether readers see it.
             * @enum {unknown}
             */
            state: "publishing" | "live" | "superseded";
            /** @description The job whose files took its place. */
            superseded_by: string | null;
            /** @description Where it lies since then. */
            archive_path: string | null;
            /**
             * Format: date-time
             * @description When it was written down.
             */
            created_at: string;
            /** @description The version of the contract that it follows; null if the log is older than this field. */
            contract_version: string | null;
            /** @description The number of the writer that made it, and the version of its zstd. */
            writer: string | null;
            /** @description The hash of its rows, whatever its bytes. */
            content_hash: string | null;
            /** @description Since when it counts; null while it is being published. */
            committed_at: string | null;
            /** @description Until when it counted; null while nothing has replaced it. */
            superseded_at: string | null;
        };
        /** @description A job with its story and its files. */
        JobDetails: {
            /** @description The job: 32 hexadecimal digits. */
            id: string;
            /** @description The same as `id`. */
            job_id: string;
            /** @description The source; its query string is replaced by ?…. */
            url: string;
            /** @description SHA-256 of the unpacked source. */
            checksum: string | null;
            /** @description The ticker. */
            ticker: string | null;
            /**
             * @description Where the job is in its life.
             * @enum {unknown}
             */
            status: "pending" | "started" | "staged" | "completed" | "failed" | "skipped" | "cancelled";
            /** @description Records that were published. */
            records_processed: number | null;
            /** @description Why the last attempt failed: code and message. */
            last_error: string | null;
            /**
             * Format: date-time
             * @description When it was written down.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /**
             * @description What kind of job it is.
             * @enum {unknown}
             */
            kind: "import" | "correction" | "rewrite" | "migration";
            /** @description The governed name of the endpoint. */
            endpoint: string | null;
            /** @description The session, if there is only one. */
            session_date: string | null;
            /** @description The staged source, relative to the data folder. */
            staged_path: string | null;
            /** @description How often it has been started. */
            attempts: number;
            /** @description The process that runs it, or ran it last. */
            owner: string | null;
            /** @description When that process last said that it lives. */
            heartbeat_at: string | null;
            /** @description Whether it brought nothing new. */
            skipped: boolean;
            /** @description The job whose rows are live instead. */
            skipped_as: string | null;
            /** @description Records in the source. */
            records_read: number | null;
            /** @description Records that were there already. */
            records_duplicate: number | null;
            /** @description Records that were set aside. */
            records_quarantined: number | null;
            /** @description The job that this one corrects. */
            corrects_job_id: string | null;
            /** @description Why something that is published was changed. */
            reason: string | null;
            /** @description Who asked for it. */
            actor: string | null;
            /** @description When the last attempt started. */
            started_at: string | null;
            /** @description When it ended. */
            finished_at: string | null;
            /** @description Whether it goes on to publish once it is checked. */
            publish: boolean;
            /** @description What a rewrite or a migration is about. */
            target: {
                /**
                 * @description What is done to it.
                 * @enum {unknown}
                 */
                kind: "compaction" | "withdrawal" | "restoration" | "reparation" | "migration" | "purge" | "readmission";
                /** @description The folder that a compaction is about. */
                folder?: string;
                /** @description The file that it is about. */
                path?: string;
                /** @description The job that a withdrawal or a purge is about. */
                job_id?: string;
                /** @description The plan that it was asked for by. */
                plan_id?: string | null;
                /** @description The version of the contract that a compaction raises its folder to. */
                contract?: string;
                /** @description The ticker that a purge is about. */
                ticker?: string;
                /** @description The endpoint that a purge is about. */
                endpoint?: string;
                /** @description The first session that a purge is about. */
                from?: string;
                /** @description The last session that a purge is about. */
                to?: string;
                /** @description What becomes of pins that hold what a purge takes: `stop` or `remove`. */
                pins?: string;
            } | null;
            /** @description Why it failed; null if it has not. */
            error: {
                /** @description The stable code. */
                code: string;
                /** @description What failed. */
                message: string;
                /** @description What to do. */
                hint: string | null;
            } | null;
            /**
             * @description By which way it came.
             * @enum {unknown}
             */
            origin: "command" | "http" | "rebuild";
            /** @description The sessions that its records belong to. */
            session_dates: string[];
            /** @description Rows of `strikes` that it published. */
            strike_rows: number;
            /** @description For a staged job, its table in gex_data.db. */
            staging_table: string | null;
            /** @description The files that it published, relative to the data folder. */
            parquet_files: string[];
            /** @description What somebody should look at although it has not failed, such as that its bytes are live elsewhere. */
            warnings: string[];
            /** @description Its story, oldest first. */
            events: components["schemas"]["JobEvent"][];
            /** @description All files that it ever published. */
            files: components["schemas"]["ParquetFile"][];
            /** @description What was said of its source each time that it came. */
            receipts: {
                /** @description Which attempt of the job it came for. */
                attempt: number;
                /**
                 * Format: date-time
                 * @description When it came.
                 */
                received_at: string;
                /** @description Where it came from in the end: the URL without its query, or the path of a local file. */
                location: string;
                /** @description Bytes as they came, packed or not. */
                wire_bytes: number;
                /** @description SHA-256 of them. */
                wire_checksum: string;
                /** @description `ETag` of the answer. */
                etag: string | null;
                /** @description `Last-Modified` of it, as it was given. */
                last_modified: string | null;
                /** @description `Content-MD5` of it. */
                content_md5: string | null;
                /** @description The bytes that the answer said it has. */
                content_length: number | null;
                /** @description When a local file was last modified. */
                modified_at: string | null;
                /** @description SHA-256 of the archive that it is a member of. */
                archive_checksum: string | null;
            }[];
            /** @description The request that it came with; null for a job of the command line. */
            request: {
                /**
                 * @description How the job came.
                 * @enum {unknown}
                 */
                origin: "http";
                /** @description The Idempotency-Key of the request. */
                idempotency_key: string | null;
                /** @description The other fields of the request. */
                fields: {
                    [key: string]: unknown;
                } | null;
                /**
                 * Format: date-time
                 * @description When it came.
                 */
                received_at: string;
            } | null;
        };
        /** @description Jobs, newest first. */
        JobPage: {
            jobs: components["schemas"]["Job"][];
            /** @description Give it as `cursor` for the next page; null at the end. */
            next_cursor: string | null;
        };
        /** @description Files, newest first. */
        FilePage: {
            files: components["schemas"]["ParquetFile"][];
            /** @description The time that was asked about, in UTC. */
            as_of: string | null;
            /** @description What the answer about that time rests on: the times of the log’s events, or the journal. */
            basis: ("events" | "journal") | null;
            /** @description Give it as `cursor` for the next page; null at the end. */
            next_cursor: string | null;
        };
        /** @description Which sessions are here, and which are missing. */
        Coverage: {
            /**
             * Format: date-time
             * @description The moment that it is computed for.
             */
            as_of: string;
            /**
             * Format: date
             * @description The day of that moment in New York.
             */
            as_of_date: string;
            /** @description The first day that was asked for. */
            from: string | null;
            /**
             * Format: date
             * @description The last day.
             */
            to: string;
            /** @description How many days are in each state. */
            counts: {
                available: number;
                partial: number;
                missing: number;
                pending: number;
                purged: number;
                closed: number;
                unknown: number;
                lost: number;
            };
            /** @description The days, by ticker, endpoint and day. */
            rows: {
                /** @description The ticker. */
                ticker: string;
                /** @description The endpoint. */
                endpoint: string;
                /**
                 * Format: date
                 * @description The day.
                 */
                session_date: string;
                /**
                 * @description What is known about it.
                 * @enum {unknown}
                 */
                state: "available" | "partial" | "missing" | "pending" | "purged" | "closed" | "unknown" | "lost";
                /** @description Why it is in its state. */
                reasons: {
                    /** @enum {unknown} */
                    code: "late_start" | "early_end" | "gap" | "few_records" | "one_record" | "closed" | "not_announced" | "withdrawn" | "purged" | "asked";
                    /** @description In words. */
                    detail: string;
                }[];
                /** @description Days until the vendor no longer has it; null if there is nothing to fetch. */
                days_left: number | null;
                /** @description Records that are published. */
                records: number | null;
                /** @description The first of them. */
                first_timestamp: string | null;
                /** @description The last of them. */
                last_timestamp: string | null;
                /** @description Seconds of the largest gap, from a minute on. */
                largest_gap_s: number | null;
                /** @description Records that the sessions before let expect. */
                records_expected: number | null;
                /** @description The newest job about it that waits, runs, is staged or has failed. */
                job_id: string | null;
                /** @description Its state. */
                job_status: ("pending" | "started" | "staged" | "completed" | "failed" | "skipped" | "cancelled") | null;
            }[];
            /** @description Live files that could not be read and are not counted. */
            unreadable: {
                /** @description What is wrong, as `gexlake verify` calls it. */
                code: string;
                /** @description The file, relative to the data folder. */
                path: string | null;
                /** @description The job that published it. */
                job_id: string | null;
                /** @description In words. */
                message: string;
                /** @description What to do about it. */
                hint: string;
            }[];
        };
        /** @description How good the sessions are that are here, and which are missing. */
        Quality: {
            /**
             * Format: date-time
             * @description The moment that it is computed for.
             */
            as_of: string;
            /** @description The first day that was asked for. */
            from: string | null;
            /**
             * Format: date
             * @description The last day.
             */
            to: string;
            /** @description How many sessions are in each condition. */
            counts: {
                available: number;
                degraded: number;
                pending: number;
                missing: number;
            };
            /** @description Sessions that are here and that `gexlake quality --compute` would look at. */
            not_looked_at: number;
            /** @description The sessions, by ticker, endpoint and day. */
            sessions: {
                /** @description The ticker. */
                ticker: string;
                /** @description The endpoint. */
                endpoint: string;
                /**
                 * Format: date
                 * @description The session.
                 */
                session_date: string;
                /**
                 * @description How it is, in one word.
                 * @enum {unknown}
                 */
                condition: "available" | "degraded" | "pending" | "missing";
                /** @description What is to be told of it, the gravest first. */
                findings: {
                    /**
                     * @description What it is about.
                     * @enum {unknown}
                     */
                    code: "late_start" | "early_end" | "gap" | "few_records" | "one_record" | "frozen" | "spot_jump" | "statement" | "type_drift" | "withdrawn" | "purged" | "lost" | "not_looked_at";
                    /** @description Which statement does not hold; null for other codes. */
                    statement: string | null;
                    /** @description Whether the session is degraded for it. */
                    degrades: boolean;
                    /** @description In words. */
                    detail: string;
                }[];
                /** @description What was found when it was looked at; null if nobody has since it last changed. */
                measured: {
                    /** @description The ticker. */
                    ticker: string;
                    /** @description The endpoint. */
                    endpoint: string;
                    /**
                     * Format: date
                     * @description The session.
                     */
                    session_date: string;
                    /** @description The job that brought the session as it was looked at. */
                    job_id: string;
                    /**
                     * Format: date-time
                     * @description When it was written down.
                     */
                    made_at: string;
                    /** @description The version of the rules. */
                    rules: number;
                    /**
                     * @description While the source was loaded, or in the published files.
                     * @enum {unknown}
                     */
                    basis: "source" | "files";
                    /**
                     * @description By what is below alone.
                     * @enum {unknown}
                     */
                    condition: "available" | "degraded";
                    /** @description Records. */
                    records: number;
                    /**
                     * Format: date-time
                     * @description The first of them.
                     */
                    first_timestamp: string;
                    /**
                     * Format: date-time
                     * @description The last of them.
                     */
                    last_timestamp: string;
                    /** @description Seconds of the session by the calendar. */
                    seconds_expected: number | null;
                    /** @description Of how many of these there is a record. */
                    seconds_present: number | null;
                    /** @description Times without a record for 10 s or longer. */
                    gaps: number;
                    /** @description The seconds of all of them. */
                    gap_s: number;
                    /** @description Seconds between the two records around the longest. */
                    longest_gap_s: number;
                    /** @description Times that the ladder did not change for 60 s or longer; null without ladders. */
                    frozen_runs: number | null;
                    /** @description The seconds of all of them. */
                    frozen_s: number | null;
                    /** @description The seconds of the longest. */
                    longest_frozen_s: number | null;
                    /** @description Times that spot moved by 1 % or more within 60 s from one record to the next. */
                    spot_jumps: number;
                    /** @description The largest such move, in hundredths of a percent. */
                    largest_jump_bp: number;
                    /** @description The statements by their names. */
                    statements: {
                        [key: string]: {
                            /** @description Of how many records or values it was asked. */
                            looked_at: number;
                            /** @description In how many of them it holds. */
                            held: number;
                        };
                    };
                    /** @description Known fields that came as another type. */
                    drift: {
                        /** @description The field. */
                        field: string;
                        /**
                         * @description How it came.
                         * @enum {unknown}
                         */
                        kind: "wrong_type" | "number_in_text";
                        /** @description In how many records of the file. */
                        records: number;
                    }[];
                    /** @description Since when it counts. */
                    committed_at: string | null;
                    /** @description Until when it counted. */
                    superseded_at: string | null;
                } | null;
            }[];
        };
        /** @description Whether the service lives and can work. */
        Health: {
            /**
             * @description In a word.
             * @enum {unknown}
             */
            status: "ready" | "not ready";
            /**
             * @description It answers.
             * @enum {boolean}
             */
            live: true;
            /** @description Whether it can do its work. */
            ready: boolean;
            /** @description Why it is not ready. */
            reasons: {
                /** @description A code of docs/errors.md. */
                code: string;
                /** @description What is wrong. */
                message: string;
            }[];
            /** @description How fetching by itself gets on; null where nothing is subscribed to, or there is no key. */
            fetch: {
                /**
                 * @description In a word: `elsewhere`: another process does it; `paused`: the key is of no use until `next_at`; `failing`: it is tried again then.
                 * @enum {unknown}
                 */
                state: "off" | "elsewhere" | "idle" | "fetching" | "paused" | "failing";
                /**
                 * Format: date-time
                 * @description Since when it is so.
                 */
                since: string;
                /** @description When something is next to be done. */
                next_at: string | null;
                /** @description A code of docs/errors.md. */
                problem: string | null;
                /** @description Sessions of the round that runs, or ran last, that were asked for. */
                sessions_done: number;
                /** @description Sessions of that round. */
                sessions_total: number;
                /** @description Bytes that have come in it. */
                bytes: number;
            } | null;
            /** @description The version of gexlake. */
            version: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    importHistory: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the end of the job, up to the limit `wait_ms`. */
                wait?: number;
            };
            header?: {
                /** @description The same key gives the same job, however often it is sent. */
                "idempotency-key"?: string;
                /** @description `wait=<seconds>`: as the query `wait` (RFC 7240). */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The HTTPS URL of a history file. This, or `raw_body`. */
                    url?: string;
                    /** @description The same as `url`. */
                    source?: string;
                    /** @description The same as `url`; or beside it a path of the vendor’s API, such as /hist/NDX/classic/gex_zero. */
                    path?: string;
                    /** @description The records themselves, or the text of their file; up to the setting max_upload_mb. */
                    raw_body?: unknown;
                    /** @description The ticker, if the file name does not say it. */
                    ticker?: string;
                    /** @description The same as `ticker`. */
                    symbol?: string;
                    /** @description The same as `ticker`. */
                    underlying?: string;
                    /** @description The endpoint, if the file name does not say it: gex_zero, state_gamma_one, zero, … */
                    endpoint?: string;
                    /** @description The same as `endpoint`. */
                    gex_type?: string;
                    /** @description The same as `endpoint`. */
                    type?: string;
                    /** @description The same as `endpoint`. */
                    feed?: string;
                    /** @description The same as `endpoint`. */
                    kind?: string;
                    /** @description The session, YYYY-MM-DD, if the file name does not say it. */
                    date?: string;
                    /** @description The same as `date`. */
                    session_date?: string;
                    /** @description False: stop after the checks, and keep the rows for inspection. Default: true. */
                    publish?: boolean;
                } & {
                    [key: string]: unknown;
                };
                "text/plain": {
                    /** @description The HTTPS URL of a history file. This, or `raw_body`. */
                    url?: string;
                    /** @description The same as `url`. */
                    source?: string;
                    /** @description The same as `url`; or beside it a path of the vendor’s API, such as /hist/NDX/classic/gex_zero. */
                    path?: string;
                    /** @description The records themselves, or the text of their file; up to the setting max_upload_mb. */
                    raw_body?: unknown;
                    /** @description The ticker, if the file name does not say it. */
                    ticker?: string;
                    /** @description The same as `ticker`. */
                    symbol?: string;
                    /** @description The same as `ticker`. */
                    underlying?: string;
                    /** @description The endpoint, if the file name does not say it: gex_zero, state_gamma_one, zero, … */
                    endpoint?: string;
                    /** @description The same as `endpoint`. */
                    gex_type?: string;
                    /** @description The same as `endpoint`. */
                    type?: string;
                    /** @description The same as `endpoint`. */
                    feed?: string;
                    /** @description The same as `endpoint`. */
                    kind?: string;
                    /** @description The session, YYYY-MM-DD, if the file name does not say it. */
                    date?: string;
                    /** @description The same as `date`. */
                    session_date?: string;
                    /** @description False: stop after the checks, and keep the rows for inspection. Default: true. */
                    publish?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The finished job, if the request waited for it or it had finished before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobResult"];
                };
            };
            /** @description The job, which waits or runs; its place is in `Location`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobResult"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The content type is not one that is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    correctJob: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the end of the job, up to the limit `wait_ms`. */
                wait?: number;
            };
            header?: {
                /** @description The same key gives the same job, however often it is sent. */
                "idempotency-key"?: string;
                /** @description `wait=<seconds>`: as the query `wait` (RFC 7240). */
                prefer?: string;
            };
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The HTTPS URL of a file with the right rows. */
                    url: string;
                    /** @description Why; it stands in the log for good. */
                    reason: string;
                    /** @description The session, if the file name does not say it. */
                    date?: string;
                };
            };
        };
        responses: {
            /** @description The finished job, if the request waited for it or it had finished before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobResult"];
                };
            };
            /** @description The job, which waits or runs; its place is in `Location`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobResult"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such job. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the job does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The content type is not one that is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                /** @description Only jobs in this state. */
                status?: "pending" | "started" | "staged" | "completed" | "failed" | "skipped" | "cancelled";
                /** @description Only jobs of this ticker. */
                ticker?: string;
                /** @description Only jobs of this endpoint, by its name or an alias. */
                endpoint?: string;
                /** @description Only jobs of this kind. */
                kind?: "import" | "correction" | "rewrite" | "migration";
                /** @description Only this session. */
                session_date?: string;
                /** @description Only sessions from this day on. */
                session_date_from?: string;
                /** @description Only sessions up to this day. */
                session_date_to?: string;
                /** @description Most rows of the answer. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobDetails"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such job. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobResult"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such job. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the job does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobResult"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such job. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state of the job does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    coverage: {
        parameters: {
            query?: {
                /** @description Only this ticker. */
                ticker?: string;
                /** @description Only this endpoint, by its name or an alias. */
                endpoint?: string;
                /** @description The first day. Default: the first session known of each ticker and endpoint. */
                from?: string;
                /** @description The last day. Default: the last completed session. */
                to?: string;
                /** @description A month, instead of `from` and `to`. */
                month?: string;
                /** @description Count days from the end of this day in New York, instead of from now. */
                as_of?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A row for each ticker, endpoint and day. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Coverage"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quality: {
        parameters: {
            query?: {
                /** @description Only this ticker. */
                ticker?: string;
                /** @description Only this endpoint, by its name or an alias. */
                endpoint?: string;
                /** @description The first day. Default: the first session known of each ticker and endpoint. */
                from?: string;
                /** @description The last day. Default: the last completed session. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A row for each session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Quality"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFiles: {
        parameters: {
            query?: {
                /** @description Only files of this job. */
                job_id?: string;
                /** @description Only files of this ticker. */
                ticker?: string;
                /** @description Only files of this endpoint, by its name or an alias. */
                endpoint?: string;
                /** @description Only files of this dataset. */
                dataset?: "strikes" | "snapshots";
                /** @description Only files in this state. */
                state?: "publishing" | "live" | "superseded";
                /** @description Only files that counted at this time, whatever has become of them since: RFC 3339, with its zone. The `state` of a file is that of now. */
                as_of?: string;
                /** @description Only this session. */
                session_date?: string;
                /** @description Only sessions from this day on. */
                session_date_from?: string;
                /** @description Only sessions up to this day. */
                session_date_to?: string;
                /** @description Most rows of the answer. */
                limit?: number;
                /** @description The `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of files. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilePage"];
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description The id of the last event that was received; what came after it follows. */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description It lives, but cannot work now; `reasons` says why. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The request cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no token, or it is not known. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token, the Host or the Origin does not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request came too slowly. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is readable, but what it says does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests of this client. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something failed that was not foreseen. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The log is busy, or the service is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
