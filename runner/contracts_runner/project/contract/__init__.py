"""Reading contract files: scenarios, accepted property findings, warehouse checks."""
