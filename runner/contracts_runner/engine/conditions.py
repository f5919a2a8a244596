"""Whether a step is run: its `when`, and the captures of steps that were left out."""

import dataclasses
import json
from collections.abc import Iterable, Mapping

from contracts_runner.engine.matching import find_mismatch
from contracts_runner.engine.scope import Placeholder, Scope
from contracts_runner.model.contract import Step, ValueMatcher, When
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.expressions import iter_references


def list_captures_left_out(steps: Iterable[Step], scope: Scope) -> dict[str, str]:
    """Return capture -> step of the steps that were left out, but for those that another step has made; `alias.capture`
    for those of a needed scenario."""
    made, _ = scope.list_captures()
    own = {capture.name: step.name for step in steps for capture in step.captures if capture.name not in made}
    return {**scope.left_out, **own}


def find_exclusion(
    step: Step, missing: Mapping[str, str], scope: Scope, schemas: SchemaStore, held: Iterable[str] = ()
) -> str | None:
    """Return why a step is left out, None if it is run; `missing` are the captures of steps that were left out, `held`
    what the file of its body uses.

    Raises UnresolvedError where `when` has no value.
    """
    if missing:
        written = dataclasses.asdict(dataclasses.replace(step, variants={}, probe=None))
        used = [".".join(map(str, (each.name, *each.path[:1]))) for each in iter_references(written)]
        for name in (*used, *(each.partition(".")[0] for each in used), *sorted(held)):
            if name in missing:
                return f"left out with step '{missing[name]}', which captures ${{{name}}}"
    return _judge(step.when, scope, schemas) if step.when else None


def _judge(when: When, scope: Scope, schemas: SchemaStore) -> str | None:
    value, matcher = scope.evaluate(when.this), when.matcher
    if isinstance(value, Placeholder):
        return None  # a preview: an answer decides
    wanted = ValueMatcher(value=scope.evaluate(matcher.value), is_schema=matcher.is_schema)
    mismatch = find_mismatch(wanted, value, schemas=schemas)
    return f"left out: {when.this} {mismatch.removeprefix('$ ')}" if mismatch else None


def describe_condition(when: When) -> str:
    """Return what decides about a step, as its author wrote it."""
    wanted = json.dumps(when.matcher.value, ensure_ascii=False)
    return f"when {when.this} {'matches' if when.matcher.is_schema else 'is'} {wanted}"
