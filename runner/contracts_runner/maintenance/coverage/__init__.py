"""Which parts of the documents the contracts and the runs have touched."""
