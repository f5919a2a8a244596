"""From the ledger of a run to results.json and every report; nothing else is read.

See docs/design.md, The repository, Files of a run.
"""
