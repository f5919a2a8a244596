-- Runs of an environment: how long each took, what it sent, what broke.
SELECT
    started_at AS time,
    dateDiff('millisecond', started_at, finished_at) / 1000 AS seconds,
    requests_sent,
    failed,
    errored
FROM contract_runs FINAL
WHERE environment = {{environment}} AND started_at BETWEEN parseDateTimeBestEffort({{interval_from}}) AND parseDateTimeBestEffort({{interval_to}})
ORDER BY time
