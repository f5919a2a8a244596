"""Workflow commands of GitHub Actions: lines of a log that become annotations of files."""

# https://docs.github.com/actions: workflow commands; the escapes are those of the toolkit's `@actions/core`.
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_MESSAGE, **str.maketrans({":": "%3A", ",": "%2C"})}


def render_annotation(severity: str, message: str, *, title: str, file: str | None = None, line: int = 1) -> str:
    """Return the command; `severity` is error, warning or notice. Without `file` it belongs to no file."""
    properties = {**({"file": file, "line": str(line)} if file is not None else {}), "title": title}
    named = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{severity} {named}::{message.translate(_MESSAGE)}"
