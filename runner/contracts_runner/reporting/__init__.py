"""From the ledger of a run to results.json and every report; nothing else is read (DESIGN §2, §8)."""
