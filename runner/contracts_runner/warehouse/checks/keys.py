"""Checks of keys: unique, references."""

from contracts_runner.model.outcome import Outcome
from contracts_runner.warehouse.checks.context import SAMPLE, CheckContext, Finding, judge_count


def check_unique(context: CheckContext) -> Finding:
    """No combination of the columns is there twice; one that has a NULL is not compared.

    FINAL is unique on the sorting key by construction, so this is for the business key; `final: false` looks at the
    rows as they were written.
    """
    columns: list[str] = context.check.options
    names = [f"{{c{n}:Identifier}}" for n in range(len(columns))]
    texts = ", ".join(f"toString({name})" for name in names)
    rows, repeated, sample = context.select(
        "SELECT sum(_n_), countIf(_n_ > 1), arraySort(groupArrayIf(1000)(_k_, _n_ > 1)) FROM (\n"
        f"  SELECT array({texts}) AS _k_, count() AS _n_ FROM {context.rows}\n"
        f"  WHERE {' AND '.join(f'isNotNull({name})' for name in names)} GROUP BY _k_\n"
        ")",
        **{f"c{n}": column for n, column in enumerate(columns)},
    )[0]
    return judge_count(
        repeated,
        rows,
        expected=columns,
        sample=[list(key) for key in sample[:SAMPLE]],
        message=f"{repeated} keys are there more than once",
    )


def check_references(context: CheckContext) -> Finding:
    """Every value of the column that is not NULL is a key of the other table."""
    options = context.check.options
    other = context.catalogue.get(options["table"])
    if other is None:
        return Finding(
            outcome=Outcome.FAILED,
            expected=options,
            message=f"there is no table {options['table']}, or the account may not see it",
        )
    values, strange, sample = context.select(
        f"SELECT count(), countIf(_strange_), arraySort(groupArrayIf(1000)(_v_, _strange_)) FROM (\n"
        "  SELECT DISTINCT toString({c:Identifier}) AS _v_, _v_ NOT IN (\n"
        f"    SELECT toString({{k:Identifier}}) FROM {{db:Identifier}}.{{other:Identifier}}{other.final}\n"
        "    WHERE isNotNull({k:Identifier})\n"
        f"  ) AS _strange_ FROM {context.rows} WHERE isNotNull({{c:Identifier}})\n"
        ")",
        c=options["column"],
        other=other.name,
        k=options["key"],
    )[0]
    return judge_count(
        strange,
        values,
        expected=options,
        sample=list(sample[:SAMPLE]),
        message=f"{strange} of {values} values are no {options['key']} of {other.name}",
    )
