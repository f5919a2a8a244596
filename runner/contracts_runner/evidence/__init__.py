"""What a run leaves behind: redacted exchanges, the ledger, artefacts, the manifest, and the scan for leaks."""
