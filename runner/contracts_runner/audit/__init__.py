"""The audit: recomputes every figure and hash of a run, with code of its own, and says what does not hold.

It shares nothing with the code that writes the reports, so that a mistake there shows here. Then, as a second opinion,
the tool's own fold and rendering are compared with what was written, so that prose cannot be changed either. All that
it reads may be broken or hostile: everything is bounded, nothing outside the run is read, and what cannot be read is a
violation.

What it cannot see: a run that was invented as a whole, its ledger, artifacts, reports and hashes alike. It proves that
the evidence is consistent, not who wrote it.
"""
