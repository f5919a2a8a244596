"""What `${…}` takes from a run: its environment, its seed, the project's functions, and the redactor, which learns what
is made of secrets."""

import dataclasses

from contracts_runner.engine.scope import ValueSource
from contracts_runner.project.function_calls import FunctionCaller
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.run.connections import build_hooks
from contracts_runner.run.plan import RunPlan


def build_value_source(plan: RunPlan, redactor: Redactor) -> ValueSource:
    """Return what the expressions of a run's scenarios get."""
    options, functions = plan.options, plan.project.functions
    source = ValueSource(
        environment=plan.environment.name,
        seed=options.seed,
        uuid_seed=options.seed if options.is_seed_chosen else None,
        learn=redactor.derive,
    )
    if functions is None:
        return source
    return dataclasses.replace(source, call=FunctionCaller(functions, build_hooks(plan.project, plan.environment)))
