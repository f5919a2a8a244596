-- Environments: when each was run last, how often, and in how many runs something broke.
SELECT
    environment,
    max(started_at) AS last_run,
    argMax(failed, started_at) AS failed_now,
    argMax(errored, started_at) AS errored_now,
    count() AS runs,
    countIf(failed + errored > 0) AS broken_runs
FROM contract_runs FINAL
WHERE complete AND started_at BETWEEN {from:DateTime} AND {to:DateTime}
GROUP BY environment
ORDER BY environment
