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
    -- What the same row of the run was before it was published again, '' for a new one: so it is counted once. Rows of
    -- an earlier version were not counted.
    was_outcome LowCardinality(String) DEFAULT '-',
    was_duration_ms Nullable(Float64),
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

-- For tables of an earlier version.
ALTER TABLE {database:Identifier}.contract_results
    ADD COLUMN IF NOT EXISTS figure String AFTER reason,
    ADD COLUMN IF NOT EXISTS was_outcome LowCardinality(String) DEFAULT '-' AFTER duration_ms,
    ADD COLUMN IF NOT EXISTS was_duration_ms Nullable(Float64) AFTER was_outcome;

-- What the results of a day come to, for dashboards over years.
CREATE TABLE IF NOT EXISTS {database:Identifier}.contract_days (
    day Date,
    environment LowCardinality(String),
    phase LowCardinality(String),
    id String,
    subject String,
    rule LowCardinality(String),
    runs SimpleAggregateFunction(sum, Int64),
    passed SimpleAggregateFunction(sum, Int64),
    failed SimpleAggregateFunction(sum, Int64),
    errored SimpleAggregateFunction(sum, Int64),
    known SimpleAggregateFunction(sum, Int64),
    fixed SimpleAggregateFunction(sum, Int64),
    blocked SimpleAggregateFunction(sum, Int64),
    skipped SimpleAggregateFunction(sum, Int64),
    duration_ms_sum SimpleAggregateFunction(sum, Float64),
    duration_ms_count SimpleAggregateFunction(sum, Int64),
    duration_ms_max SimpleAggregateFunction(max, Nullable(Float64))
) ENGINE = AggregatingMergeTree PARTITION BY toYear(day)
ORDER BY (environment, day, phase, id, subject, rule);

-- Each insert of results adds what is new in it, and takes away what it replaces.
CREATE MATERIALIZED VIEW IF NOT EXISTS {database:Identifier}.contract_days_feed TO {database:Identifier}.contract_days AS
SELECT
    toDate(started_at, 'UTC') AS day,
    environment,
    phase,
    id,
    subject,
    rule,
    sum(toInt64(was_outcome = '')) AS runs,
    sum((outcome = 'passed') - (was_outcome = 'passed')) AS passed,
    sum((outcome = 'failed') - (was_outcome = 'failed')) AS failed,
    sum((outcome = 'errored') - (was_outcome = 'errored')) AS errored,
    sum((outcome = 'known') - (was_outcome = 'known')) AS known,
    sum((outcome = 'fixed') - (was_outcome = 'fixed')) AS fixed,
    sum((outcome = 'blocked') - (was_outcome = 'blocked')) AS blocked,
    sum((outcome = 'skipped') - (was_outcome = 'skipped')) AS skipped,
    sum(ifNull(duration_ms, 0) - ifNull(was_duration_ms, 0)) AS duration_ms_sum,
    sum((duration_ms IS NOT NULL) - (was_duration_ms IS NOT NULL)) AS duration_ms_count,
    max(duration_ms) AS duration_ms_max
FROM {database:Identifier}.contract_results
GROUP BY day, environment, phase, id, subject, rule;
