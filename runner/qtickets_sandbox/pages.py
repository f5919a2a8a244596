"""The HTML page that the site shows for an unknown route; all of its text is invented."""

from functools import cache

# Observed: about 12.7 thousand characters, 12.8 KB (docs/qtickets.md, Statuses and envelopes).
_PAGE_BYTES = 12_800

_HEAD = """<!DOCTYPE html>
<html lang="ru">
<head>
<meta charset="UTF-8">
<title>404</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body>
<header><a href="/">Sandbox Tickets</a></header>
<main>
<h1>404</h1>
<p>This page of the sandbox does not exist.</p>
<ul class="events">
"""
_TAIL = "</ul>\n</main>\n<footer>Sandbox Tickets, a twin for tests</footer>\n</body>\n</html>\n"


@cache
def render_not_found_page() -> str:
    """Return the page, about as long as the real one."""
    items: list[str] = []
    size = len(_HEAD) + len(_TAIL)
    while size < _PAGE_BYTES:
        number = len(items) + 1
        item = f'<li><a href="/event/{number}">Invented evening number {number}</a></li>\n'
        items.append(item)
        size += len(item)
    return _HEAD + "".join(items) + _TAIL
