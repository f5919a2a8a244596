"""The report formats by name; light, so that the command line can offer them without importing what writes them."""

from collections.abc import Mapping

# Format -> the files that it writes. results.json is written with every one of them.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "json": ("results.json",),
    "html": ("report.html",),
    "md": ("report.md",),
    "junit": ("junit.xml",),
    "csv": ("matrix.csv", "clickhouse.csv"),
}

# The files that are made by the template of their name, of which a project may have its own.
TEMPLATED = ("report.html", "report.md")

# Those that are reports, to read or to load.
REPORTS = tuple(name for name in FORMATS if name != "json")
