"""The audit: recomputes every figure and hash of a run, with code of its own, and says what does not hold.

It shares nothing with the code that writes the reports, so that a mistake there shows here. Whatever it reads may be
broken or hostile: everything is bounded, nothing outside the run is read, and what cannot be read is a violation.
"""
