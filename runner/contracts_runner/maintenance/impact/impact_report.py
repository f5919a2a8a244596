"""What `contracts impact` found, as text, Markdown, JSON and GitHub annotations."""

import json
from collections.abc import Iterator

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.maintenance.impact.documents import Comparands, Compared
from contracts_runner.maintenance.impact.impact import Affected, Impact
from contracts_runner.maintenance.printing import Level, render_annotation, render_markdown
from contracts_runner.model.json_pointer import render_pointer
from contracts_runner.model.nouns import count_noun


@dataclass(frozen=True, slots=True)
class ImpactReport:
    """The changes and the documents that they are between."""

    impact: Impact
    compared: Comparands

    def render_text(self) -> str:
        """Return a paragraph for each change, those that break first, and a count."""
        return "\n".join(
            [*(line for each in self.impact.affected for line in self._iter_lines(each)), self.render_count()]
        )

    def render_markdown(self) -> str:
        """Return a table and a count."""
        header = ("", "operation", "change", "place", "scenarios")
        rows = [
            (
                "breaking" if each.change.is_breaking else "compatible",
                each.change.operation,
                each.change.message,
                str(self._locate(each)),
                ", ".join(self.impact.list_ids(each)),
            )
            for each in self.impact.affected
        ]
        return "\n\n".join([*([render_markdown(header, rows)] if rows else []), self.render_count()])

    def render_json(self) -> str:
        """Return the JSON object as one text (docs/design.md, Command line)."""
        document = {
            "breaking": self.impact.is_breaking,
            "changes": [
                {
                    "operation": each.change.operation,
                    "kind": each.change.kind,
                    "breaking": each.change.is_breaking,
                    "pointer": render_pointer(self._find_document(each).find_own(each.change.pointer)),
                    "message": each.change.message,
                    "scenarios": self.impact.list_ids(each),
                }
                for each in self.impact.affected
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def render_github(self) -> str:
        """Return a workflow command for each change: an error for one that breaks what is used."""
        return "\n".join(self._annotate(each) for each in self.impact.affected)

    def render_count(self) -> str:
        """Return how much changed, and how many use it."""
        breaking = [each for each in self.impact.affected if each.change.is_breaking]
        users = {name for each in self.impact.affected for name in self.impact.list_ids(each)}
        broken = {name for each in breaking for name in self.impact.list_ids(each)}
        changes = count_noun(len(self.impact.affected), "change")
        used = f"scenarios and checks that use what changed: {len(users)}, what breaks: {len(broken)}"
        return f"{changes}, {len(breaking)} breaking; {used}"

    def _iter_lines(self, each: Affected) -> Iterator[str]:
        change = each.change
        verdict = "breaking" if change.is_breaking else "compatible"
        yield f"{self._locate(each)}: {verdict}: {change.operation}: {change.message} ({change.kind})"
        if each.scenarios:
            yield f"    used by {', '.join(self.impact.list_ids(each))}"

    def _annotate(self, each: Affected) -> str:
        change, location = each.change, self._locate(each)
        level = Level.NOTICE
        if change.is_breaking:
            level = Level.ERROR if each.scenarios else Level.WARNING
        used = f"; used by {', '.join(self.impact.list_ids(each))}" if each.scenarios else ""
        is_here = self._find_document(each).is_here
        return render_annotation(
            level,
            f"{change.operation}: {change.message}{used}",
            title=change.kind,
            file=location.path if is_here else None,
            line=location.line,
        )

    def _find_document(self, each: Affected) -> Compared:
        return self.compared.new if each.change.is_in_new else self.compared.old

    def _locate(self, each: Affected) -> SourceLocation:
        return self._find_document(each).spec.locate(each.change.pointer)
