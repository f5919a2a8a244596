"""Reading contracts.yaml and its environments."""
