"""The verdicts beside those of oasdiff's published rules; where they differ, docs/impact.md says why.

Source: https://github.com/oasdiff/oasdiff, checker/rules.go at 4553c69d (2026-08-08): errors and warnings break, infos
do not.
"""

import pytest

from helpers.command import REPOSITORY
from helpers.schema_rows import ROWS

# A row of the table, there or back, and the rule for what it changes; "!" breaks.
RULES = """\
there type: request-property-type-changed!
there type: response-property-type-changed!
there number of integer: request-property-type-generalized
there number of integer: response-property-type-generalized!
back number of integer: response-property-type-specialized
there types: request-property-list-of-types-widened
there types: response-property-list-of-types-widened!
back types: request-property-list-of-types-narrowed!
back types: response-property-list-of-types-narrowed
there null: request-property-became-nullable
there null: response-property-became-nullable!
back null: request-property-became-not-nullable!
back null: response-property-became-not-nullable
there enum value: request-property-enum-value-added
there enum value: response-property-enum-value-added!
back enum value: request-property-enum-value-removed!
back enum value: response-property-enum-value-removed
there enum: request-property-became-enum!
there const: request-property-const-added!
there const: response-property-const-added
back const: request-property-const-removed
back const: response-property-const-removed!
there another const: request-property-const-changed!
there another const: response-property-const-changed!
there minimum: request-property-min-increased!
back minimum: request-property-min-decreased
back minimum: response-property-min-decreased!
there maximum: request-property-max-increased
there maximum: response-property-max-increased!
back maximum: request-property-max-decreased!
there a minimum: request-property-min-set!
there a maximum: request-property-max-set!
there exclusive maximum: request-property-exclusive-max-increased
there exclusive maximum: response-property-exclusive-max-increased!
back exclusive maximum: request-property-exclusive-max-decreased!
there minLength: request-property-min-length-increased!
back minLength: request-property-min-length-decreased
back minLength: response-property-min-length-decreased!
there maxLength: request-property-max-length-increased
there maxLength: response-property-max-length-increased!
back maxLength: request-property-max-length-decreased!
there a maxLength: request-property-max-length-set!
back a maxLength: response-property-max-length-unset!
there minItems: request-property-min-items-increased!
back minItems: response-property-min-items-decreased!
there minContains: request-property-min-contains-increased!
there minContains: response-property-min-contains-increased
back minContains: request-property-min-contains-decreased
back minContains: response-property-min-contains-decreased!
there maxContains: request-property-max-contains-increased
there maxContains: response-property-max-contains-increased!
back maxContains: request-property-max-contains-decreased!
back maxContains: response-property-max-contains-decreased
there pattern: request-property-pattern-added!
there pattern: response-property-pattern-added
back pattern: request-property-pattern-removed
back pattern: response-property-pattern-removed
there another pattern: request-property-pattern-changed!
there another pattern: response-property-pattern-changed
there content: request-property-content-encoding-changed!
back content: response-property-content-encoding-changed!
there content media type: request-property-content-media-type-changed!
back content media type: response-property-content-media-type-changed!
there default: request-property-default-value-added
there default: response-property-default-value-added
back default: request-property-default-value-removed
back default: response-property-default-value-removed
there another default: request-property-default-value-changed
there another default: response-property-default-value-changed
there first items: request-property-prefix-items-added
there first items: response-property-prefix-items-added!
back first items: request-property-prefix-items-removed!
back first items: response-property-prefix-items-removed
there contains: request-property-contains-added!
there contains: response-property-contains-added
back contains: request-property-contains-removed
back contains: response-property-contains-removed!
there property: new-optional-request-property
there property: response-optional-property-added
back property: request-property-removed!
back property: response-optional-property-removed!
there required property: new-required-request-property!
there required property: response-required-property-added
there required: request-property-became-required!
there required: response-property-became-required
back required: request-property-became-optional
back required: response-property-became-optional!
there unevaluated: request-property-unevaluated-properties-added!
there unevaluated: response-property-unevaluated-properties-added
back unevaluated: request-property-unevaluated-properties-removed
back unevaluated: response-property-unevaluated-properties-removed!
there unevaluated items: request-property-unevaluated-items-added!
there unevaluated items: response-property-unevaluated-items-added
back unevaluated items: request-property-unevaluated-items-removed
back unevaluated items: response-property-unevaluated-items-removed!
there pattern properties: request-property-pattern-property-added!
there pattern properties: response-property-pattern-property-added
back pattern properties: request-property-pattern-property-removed
back pattern properties: response-property-pattern-property-removed!
there names: request-property-property-names-added!
there names: response-property-property-names-added
back names: request-property-property-names-removed
back names: response-property-property-names-removed!
there dependent required: request-property-dependent-required-added!
there dependent required: response-property-dependent-required-added
back dependent required: request-property-dependent-required-removed
back dependent required: response-property-dependent-required-removed!
there dependent schemas: request-property-dependent-schema-added!
there dependent schemas: response-property-dependent-schema-added
back dependent schemas: request-property-dependent-schema-removed
back dependent schemas: response-property-dependent-schema-removed!
there then: request-property-then-added!
there then: response-property-then-added
back then: request-property-then-removed
back then: response-property-then-removed!
there else: request-property-else-added!
there else: response-property-else-added
back else: request-property-else-removed
back else: response-property-else-removed!
there alternative of anyOf: request-property-any-of-added
there alternative of anyOf: response-property-any-of-added
back alternative of anyOf: request-property-any-of-removed!
back alternative of anyOf: response-property-any-of-removed
there alternative of oneOf: request-property-one-of-added
there alternative of oneOf: response-property-one-of-added!
back alternative of oneOf: request-property-one-of-removed!
back alternative of oneOf: response-property-one-of-removed
there discriminator: request-property-discriminator-added
there discriminator: response-property-discriminator-added
back discriminator: request-property-discriminator-removed
back discriminator: response-property-discriminator-removed
there property of a discriminator: request-property-discriminator-property-name-changed
there property of a discriminator: response-property-discriminator-property-name-changed
there kind: request-property-discriminator-mapping-added
there kind: response-property-discriminator-mapping-added
back kind: request-property-discriminator-mapping-deleted
back kind: response-property-discriminator-mapping-deleted
there meaning of a kind: request-property-discriminator-mapping-changed
there meaning of a kind: response-property-discriminator-mapping-changed
"""


def list_explained() -> set[str]:
    """Return the rules that the documentation explains."""
    text = (REPOSITORY / "docs/impact.md").read_text(encoding="utf-8").partition("## Beside oasdiff")[2]
    return set(text.split("`")[1::2])


@pytest.mark.parametrize("line", RULES.splitlines())
def test_verdict_is_that_of_oasdiff_or_the_difference_is_explained(line: str) -> None:
    way, _, rest = line.partition(" ")
    name, rule = rest.split(": ")
    row, place = ROWS[name], 1 if rule.startswith("response") else 0

    is_breaking = any(breaks[place] for breaks in (row.there if way == "there" else row.back).values())

    is_same = is_breaking is rule.endswith("!")
    assert is_same is (rule.removesuffix("!") not in list_explained())
