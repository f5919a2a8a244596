"""`contracts run --dry-run`: the requests of a plan, phase by phase, and what is not sent."""
