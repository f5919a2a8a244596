"""The report formats by name; light, so that the command line can offer them without importing what writes them."""

from collections.abc import Iterable, Mapping

SUMMARY = "summary.md"
GITHUB = "github"
# Format -> the files that it writes. results.json is written with every one of them.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "json": ("results.json",),
    "html": ("report.html",),
    "summary": (SUMMARY,),
    "md": ("report.md",),
    "junit": ("junit.xml",),
    "csv": ("matrix.csv", "checks.csv", "clickhouse.csv"),
    GITHUB: (SUMMARY,),
}

# The files that are made by the template of their name, of which a project may have its own.
TEMPLATED = ("report.html", SUMMARY, "report.md")

# Those that are reports, to read or to load: what a run writes unless it is told otherwise.
REPORTS = tuple(name for name in FORMATS if name not in ("json", GITHUB))


def list_files(formats: Iterable[str]) -> list[str]:
    """Return the files of some formats, each once, in the order in which they are written."""
    chosen = set(formats)
    return [*dict.fromkeys(file for name, files in FORMATS.items() if name in chosen for file in files)]
