"""The Partners API, `/api/partners/v1`: GET and POST are equal, errors are HTTP 200.

See docs/qtickets.md, Partners API.
"""
