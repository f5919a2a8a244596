-- The history of contract runs. A run that is published again replaces its rows: read these tables with FINAL.

CREATE DATABASE IF NOT EXISTS {database:Identifier};

CREATE TABLE IF NOT EXISTS {database:Identifier}.contract_runs (
    run_id String,
    started_at DateTime64(3, 'UTC'),
    finished_at Nullable(DateTime64(3, 'UTC')),
    environment LowCardinality(String),
    base_url LowCardinality(String),
    simulated Bool,
    complete Bool,
    passed UInt32,
    failed UInt32,
    errored UInt32,
    known UInt32,
    fixed UInt32,
    blocked UInt32,
    skipped UInt32,
    requests_sent UInt64,
    writes_sent UInt64,
    seed Int64,
    tool_version LowCardinality(String),
    git_commit String,
    spec_sha256 String,
    platform LowCardinality(String),
    results_sha256 FixedString(64),
    published_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(published_at) PARTITION BY toYYYYMM(started_at) ORDER BY (started_at, run_id);

CREATE TABLE IF NOT EXISTS {database:Identifier}.contract_results (
    run_id String,
    started_at DateTime64(3, 'UTC'),
    environment LowCardinality(String),
    phase LowCardinality(String),
    id String,
    subject String,
    rule LowCardinality(String),
    outcome LowCardinality(String),
    reason String,
    figure String,
    duration_ms Nullable(Float64),
    published_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(published_at) PARTITION BY toYYYYMM(started_at)
ORDER BY (started_at, run_id, phase, id, subject);

CREATE TABLE IF NOT EXISTS {database:Identifier}.contract_latency (
    run_id String,
    started_at DateTime64(3, 'UTC'),
    environment LowCardinality(String),
    operation String,
    count UInt64,
    min Float64,
    p50 Float64,
    p90 Float64,
    p99 Float64,
    max Float64,
    published_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(published_at) PARTITION BY toYYYYMM(started_at)
ORDER BY (started_at, run_id, operation);

-- What the results of a day come to, for dashboards over years; written again with each run of the day.
CREATE TABLE IF NOT EXISTS {database:Identifier}.contract_days (
    day Date,
    environment LowCardinality(String),
    phase LowCardinality(String),
    id String,
    subject String,
    rule LowCardinality(String),
    runs UInt32,
    passed UInt32,
    failed UInt32,
    errored UInt32,
    known UInt32,
    fixed UInt32,
    blocked UInt32,
    skipped UInt32,
    duration_ms_sum Float64,
    duration_ms_count UInt32,
    duration_ms_max Nullable(Float64),
    published_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(published_at) PARTITION BY toYear(day)
ORDER BY (environment, day, phase, id, subject, rule);

-- The last one: for tables of an earlier version.
ALTER TABLE {database:Identifier}.contract_results ADD COLUMN IF NOT EXISTS figure String AFTER reason;
