"""Parses YAML text by PyYAML, which is imported here: a process whose files were parsed before does not need it."""

from collections.abc import Iterator

import yaml
from yaml.events import AliasEvent, MappingStartEvent, NodeEvent, ScalarEvent

from contracts_runner.reading.yaml_mistakes import guess_mistake
from contracts_runner.reading.yaml_tree import MAX_DEPTH, Event, EventKind, TreeError

# Seven times faster; absent where PyYAML was built without libyaml.
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALAR = EventKind.SCALAR
_HINTS = {
    "mapping values are not allowed": "quote a text that holds ': '",
    "found character that cannot start any token": "quote the text; indent with spaces, not with tabs",
}


def iter_events(text: str) -> Iterator[Event]:
    """Yield the events of a text; raises TreeError for what is not YAML."""
    try:
        for event in yaml.parse(text, Loader=_Loader):
            mark = event.start_mark
            line = mark.line + 1 if mark else 1
            if isinstance(event, ScalarEvent):  # first: most are
                tag = event.tag
                yield Event(_SCALAR, line, event.value, event.anchor, tag, tag is None and bool(event.implicit[0]))
            elif isinstance(event, NodeEvent):
                yield _convert(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                yield Event(EventKind.END, line)
            elif isinstance(event, yaml.DocumentStartEvent):
                yield Event(EventKind.DOCUMENT, line)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise TreeError(*_explain(error, text)) from None


def _convert(event: NodeEvent, line: int) -> Event:
    if isinstance(event, AliasEvent):
        return Event(EventKind.ALIAS, line, "", event.anchor)
    kind = EventKind.MAPPING if isinstance(event, MappingStartEvent) else EventKind.SEQUENCE
    return Event(kind, line, "", event.anchor, getattr(event, "tag", None))


def _explain(error: Exception, text: str) -> tuple[int, str, str]:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "syntax error"
        if "nesting depth" in problem:  # from 0.2.6 on libyaml has its own bound, and reads ahead of ours
            return (mark.line + 1 if mark else 1), f"nested deeper than {MAX_DEPTH} levels", ""
        line = mark.line + 1 if mark else 1
        context = f", {error.context}" if error.context else ""
        is_block = str(error.context).endswith(("block mapping", "block collection"))
        first = error.context_mark.line + 1 if error.context_mark and not is_block else line
        if guess := guess_mistake(text, first, line, is_in_brackets="flow" in context):
            more = "" if guess[0] == line else f" (line {line}: {problem})"
            return guess[0], f"is not YAML: {guess[1]}{more}", guess[2]
        hint = next((hint for start, hint in _HINTS.items() if problem.startswith(start)), "")
        return line, f"is not YAML: {problem}{context}", hint
    if isinstance(error, UnicodeEncodeError):
        return text.count("\n", 0, error.start) + 1, "is not YAML: a lone surrogate is not a character", ""
    position = getattr(error, "position", 0)
    # libyaml counts bytes, the Python reader characters.
    before = text.encode()[:position].count(b"\n") if _Loader is not yaml.SafeLoader else text.count("\n", 0, position)
    return before + 1, f"is not YAML: {getattr(error, 'reason', error)}", ""
