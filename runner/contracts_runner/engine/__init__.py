"""Plans and runs scenarios: requests, checks, captures, relations; what happens leaves as events."""
