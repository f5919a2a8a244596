-- Outcomes on each day of an environment, over years.
SELECT
    day,
    sum(passed) AS passed_rows,
    sum(failed) AS failed_rows,
    sum(errored) AS errored_rows,
    sum(known) AS known_rows,
    sum(fixed + blocked + skipped) AS other_rows
FROM contract_days FINAL
WHERE environment = {{environment}} AND day BETWEEN toDate(parseDateTimeBestEffort({{interval_from}})) AND toDate(parseDateTimeBestEffort({{interval_to}}))
GROUP BY day
ORDER BY day
