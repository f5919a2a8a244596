-- What breaks most often in an environment: the share of runs in which it failed or was errored.
SELECT
    phase,
    id,
    any(subject) AS shown,
    sum(runs) AS all_runs,
    sum(failed + errored) AS broken_runs,
    round(100 * broken_runs / all_runs, 1) AS percent
FROM contract_days FINAL
WHERE environment = {environment:String} AND day BETWEEN toDate({from:DateTime}) AND toDate({to:DateTime})
GROUP BY phase, id
HAVING broken_runs > 0
ORDER BY percent DESC, phase, id
LIMIT 50
