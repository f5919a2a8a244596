"""The audit: recomputes every figure and hash of a run, with its own code, and reports what does not hold.

Two readings of one ledger, on purpose (N-version checking): `shapes`, `tally`, `judging`, `recount` and `check_rows`
repeat what `results/` does (the form of the lines, the fold, the rule of outcomes), share no code with it, and must
not: a mistake in one of them shows as a difference. What is shared is data only: which keys the block of figures has
(`results/figures`).

results.json and the blocks of figures in report.html and report.md are compared with this recount, then with the
tool's own fold. Then every report is rendered again, with the templates that the run names, and compared byte for
byte, so that no word can be changed either.

All that is read may be broken or hostile: everything is bounded (`files.Limits`), nothing outside the run is read, and
what cannot be read is a violation. What the audit cannot see, unless it is told the head of the ledger: a run that was
invented as a whole, its ledger, artifacts, reports and hashes alike. It proves that the evidence is consistent, not who
wrote it.
"""
