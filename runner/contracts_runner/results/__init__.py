"""The typed record of a run: what ledger, fold, reports, audit and publishing share."""
