"""A pattern that is compiled when it is first asked is what `re.compile` gives."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import contracts_runner
from contracts_runner.late_pattern import compile_late

_HOME = Path(contracts_runner.__file__).parent
_USERS = sorted(path for path in _HOME.rglob("*.py") if "compile_late(" in path.read_text(encoding="utf-8"))
_LATE = type(compile_late(""))


def test_it_does_what_the_pattern_does() -> None:
    late, pattern = compile_late("a(b)", re.IGNORECASE), re.compile("a(b)", re.IGNORECASE)

    for _ in range(2):
        assert late.sub(r"<\1>", "xABy") == pattern.sub(r"<\1>", "xABy")
        assert [match.span() for match in late.finditer("abAB")] == [match.span() for match in pattern.finditer("abAB")]
    assert (late.pattern, late.flags) == (pattern.pattern, pattern.flags)


def test_nothing_is_compiled_before_it_is_asked() -> None:
    late = compile_late("(")

    with pytest.raises(re.error, match="unterminated"):
        late.search("")


@pytest.mark.parametrize("path", _USERS, ids=lambda path: path.stem)
def test_each_pattern_of_a_module_can_be_compiled(path: Path) -> None:
    module = import_module(".".join(path.relative_to(_HOME.parent).with_suffix("").parts))

    for value in vars(module).values():
        if isinstance(value, _LATE):
            assert isinstance(value.pattern, str | bytes)  # type: ignore[attr-defined]
