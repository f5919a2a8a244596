"""What `${…}` takes from a run: its environment, its seed, and the redactor that learns what is made of secrets."""

from contracts_runner.engine.scope import ValueSource
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.run.plan import RunPlan


def build_value_source(plan: RunPlan, redactor: Redactor) -> ValueSource:
    """Return what the expressions of a run's scenarios get."""
    options = plan.options
    return ValueSource(
        environment=plan.environment.name,
        seed=options.seed,
        uuid_seed=options.seed if options.is_seed_chosen else None,
        learn=redactor.derive,
    )
