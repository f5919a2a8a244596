-- What is broken in the last complete run of an environment.
SELECT phase, id, subject, outcome, reason
FROM contract_results FINAL
WHERE (started_at, run_id) IN (
    SELECT started_at, run_id
    FROM contract_runs FINAL
    WHERE complete AND environment = {{environment}}
    ORDER BY started_at DESC
    LIMIT 1
) AND outcome IN ('failed', 'errored')
ORDER BY phase, id, subject
