-- Runs of an environment: how long each took, what it sent, what broke.
SELECT
    started_at AS time,
    dateDiff('millisecond', started_at, finished_at) / 1000 AS seconds,
    requests_sent,
    failed,
    errored
FROM contract_runs FINAL
WHERE environment = {environment:String} AND started_at BETWEEN {from:DateTime} AND {to:DateTime}
ORDER BY time
