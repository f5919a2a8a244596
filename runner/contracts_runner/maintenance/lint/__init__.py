"""`contracts check`: one module for each family of rules; every rule has a stable word."""
