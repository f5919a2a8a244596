"""Checks of keys: unique, references."""

from contracts_runner.model.warehouse_kinds import References, Unique
from contracts_runner.warehouse.checks.context import SAMPLE, CheckContext, Finding, judge_count, miss_table


def check_unique(context: CheckContext, kind: Unique) -> Finding:
    """No combination of the columns is there twice; one that has a NULL is not compared.

    FINAL is unique on the sorting key by construction, so this is for the business key; `final: false` looks at the
    rows as they were written.
    """
    names = [f"{{c{n}:Identifier}}" for n in range(len(kind.columns))]
    texts = ", ".join(f"toString({name})" for name in names)
    rows, repeated, sample = context.select(
        "SELECT sum(_n_), countIf(_n_ > 1), arraySort(groupArrayIf(1000)(_k_, _n_ > 1)) FROM (\n"
        f"  SELECT array({texts}) AS _k_, count() AS _n_ FROM {context.rows}\n"
        f"  WHERE {' AND '.join(f'isNotNull({name})' for name in names)} GROUP BY _k_\n"
        ")",
        **{f"c{n}": column for n, column in enumerate(kind.columns)},
    )[0]
    return judge_count(
        repeated,
        rows,
        expected=list(kind.columns),
        sample=[list(key) for key in sample[:SAMPLE]],
        message=f"{repeated} keys are there more than once",
    )


def check_references(context: CheckContext, kind: References) -> Finding:
    """Every value of the column that is not NULL is a key of the other table."""
    other = context.catalogue.get(kind.table)
    if other is None:
        return miss_table(context, kind.table)
    values, strange, sample = context.select(
        f"SELECT count(), countIf(_strange_), arraySort(groupArrayIf(1000)(_v_, _strange_)) FROM (\n"
        "  SELECT DISTINCT toString({c:Identifier}) AS _v_, _v_ NOT IN (\n"
        f"    SELECT toString({{k:Identifier}}) FROM {{db:Identifier}}.{{other:Identifier}}{other.final}\n"
        "    WHERE isNotNull({k:Identifier})\n"
        f"  ) AS _strange_ FROM {context.rows} WHERE isNotNull({{c:Identifier}})\n"
        ")",
        c=kind.column,
        other=other.name,
        k=kind.key,
    )[0]
    return judge_count(
        strange,
        values,
        expected=context.check.expected,
        sample=list(sample[:SAMPLE]),
        message=f"{strange} of {values} values are no {kind.key} of {other.name}",
    )
