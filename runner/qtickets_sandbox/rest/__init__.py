"""The REST API of organisers, `/api/rest/v1` (docs/qtickets.md, REST conventions, REST operations)."""
