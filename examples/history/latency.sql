-- Latency of each operation by the hour, in milliseconds: the middle one of the runs, and the slowest percentile of any.
SELECT
    toStartOfHour(started_at) AS time,
    operation,
    quantileExactWeighted(0.5)(p50, count) AS middle,
    max(p99) AS slowest_percentile
FROM contract_latency FINAL
WHERE environment = {environment:String} AND started_at BETWEEN {from:DateTime} AND {to:DateTime}
GROUP BY time, operation
ORDER BY time, operation
