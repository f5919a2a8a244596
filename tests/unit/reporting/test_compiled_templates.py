"""What templates compile to is kept, and counts for the same text only."""

from pathlib import Path

from jinja2 import Environment

from contracts_runner.reading.cache import Cache
from contracts_runner.reporting.compiled_templates import CompiledTemplates
from contracts_runner.reporting.templating import build_environment, render_template


class Counting(Environment):
    """Counts what it compiles."""

    compiled = 0

    def compile(self, *arguments: object, **named: object) -> object:  # type: ignore[override]  # as it is called
        self.compiled += 1
        return super().compile(*arguments, **named)  # type: ignore[call-overload]


def render(folder: Path, settings: str = "") -> tuple[str, int]:
    loader = build_environment([folder / "templates"]).loader
    cache = CompiledTemplates(Cache(folder / "cache"), settings)
    environment = Counting(loader=loader, bytecode_cache=cache)
    return environment.get_template("a.txt").render(), environment.compiled


def test_a_template_is_compiled_once_until_it_changes(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "a.txt"
    template.parent.mkdir()
    template.write_text("чашка {{ 1 + 1 }}", encoding="utf-8")
    assert [render(tmp_path) for _ in range(2)] == [("чашка 2", 1), ("чашка 2", 0)]
    assert render(tmp_path, "another language") == ("чашка 2", 1)

    template.write_text("чашка {{ 1 + 2 }}", encoding="utf-8")

    assert [render(tmp_path) for _ in range(2)] == [("чашка 3", 1), ("чашка 3", 0)]


def test_a_damaged_entry_is_compiled_again(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "a.txt"
    template.parent.mkdir()
    template.write_text("plain", encoding="utf-8")
    render(tmp_path)
    for entry in (tmp_path / "cache").iterdir():
        entry.write_bytes(entry.read_bytes()[:-7] + b"changed")

    assert render(tmp_path) == ("plain", 1)


def test_the_environment_of_reports_keeps_what_it_compiles(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("{{ _('passed') }}", encoding="utf-8")

    shown = {render_template(build_environment([tmp_path]), "b.txt") for _ in range(2)}

    assert shown == {b"passed"}
    assert isinstance(build_environment([tmp_path]).bytecode_cache, CompiledTemplates)
