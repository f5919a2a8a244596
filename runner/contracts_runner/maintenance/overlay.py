"""The overlay that mends what `contracts check` finds wrong with documents (docs/design.md, Project file)."""

import re
from collections.abc import Iterator
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError
from contracts_runner.evidence.files import write_whole
from contracts_runner.maintenance.lint.documents import weigh
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.openapi.overlays import is_overlay
from contracts_runner.project.settings.settings import FILE_NAME
from contracts_runner.reading.yaml_source import load_yaml, parse_yaml

_HEAD = """\
overlay: 1.1.0
info: {title: What is mended in the vendor's document, version: 1.0.0}
actions:
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Actions for one spec: its key, and the overlay, relative to the project, that has them or is to have them."""

    spec: str
    path: str
    is_new: bool
    actions: tuple[str, ...]

    def render(self) -> str:
        """Return the actions as the overlay that they make."""
        return f"# {self.path}\n{_HEAD}" + "".join(f"{action}\n" for action in self.actions)


def propose(subject: Subject) -> Iterator[Proposal]:
    """Yield what mends the mistakes of each document that something uses, as far as actions are known."""
    settings = subject.project.settings
    for spec in subject.project.specs.values():
        mends = (problem.mend for problem in weigh(subject, spec) if problem.mend and not problem.is_aside)
        # The last first: what is taken out of a list moves what is behind it.
        actions = tuple(dict.fromkeys(mends))[::-1]
        if actions:
            overlays = settings.specs[spec.key].overlays
            path = overlays[-1] if overlays else spec.path.with_suffix(".overlay.yaml")
            yield Proposal(spec.key, path.relative_to(settings.root).as_posix(), not overlays, actions)


def write_overlay(proposal: Proposal, root: Path, document: str) -> list[str]:
    """Write the actions into the overlay, behind those that it has, and name a new one in contracts.yaml; return the
    files that were changed. `document` is the path of the spec as contracts.yaml has it.

    Layout and comments stay. Raises UsageError for what must be done by hand; nothing is changed then.
    """
    path = root / proposal.path
    before = "" if proposal.is_new else path.read_text(encoding="utf-8")
    if proposal.is_new and path.exists():
        raise UsageError(f"{proposal.path} exists, and {FILE_NAME} does not name it; name it, or remove it")
    after = (before or _HEAD).rstrip("\n") + "\n" + "".join(f"{action}\n" for action in proposal.actions)
    wanted = (load_yaml(path, root).value["actions"] if before else []) + [
        each for action in proposal.actions for each in parse_yaml(action, proposal.path).value
    ]
    written = parse_yaml(after, proposal.path)
    if written.problems or not is_overlay(written) or written.value["actions"] != wanted:
        raise UsageError(f"{proposal.path}: actions cannot be added behind its last line; add them by hand")
    changes = {path: after}
    if proposal.is_new:
        changes[root / FILE_NAME] = _name_overlay(proposal, root, document)
    for file, text in changes.items():
        write_whole(file, text.encode("utf-8"))
    return [file.relative_to(root).as_posix() for file in changes]


def _name_overlay(proposal: Proposal, root: Path, document: str) -> str:
    """Return contracts.yaml with the overlay beside the document."""
    file = root / FILE_NAME
    before = load_yaml(file, root)
    text = file.read_text(encoding="utf-8")
    value = f"{{document: {document}, overlays: [{proposal.path}]}}"
    pattern = re.compile(
        rf"(?<![\w-])({re.escape(proposal.spec)}[\"']?\s*:\s*)[\"']?{re.escape(document)}[\"']?(?![\w./-])"
    )
    after = pattern.sub(lambda match: match[1] + value, text, count=1)
    specs = {**before.value["specs"], proposal.spec: {"document": document, "overlays": [proposal.path]}}
    if parse_yaml(after, FILE_NAME).value != {**before.value, "specs": specs}:
        raise UsageError(f"{FILE_NAME}: write `{proposal.spec}: {value}` below `specs`")
    return after
