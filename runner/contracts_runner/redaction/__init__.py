"""Redaction: what must not be written, found and replaced on the way into the ledger."""
