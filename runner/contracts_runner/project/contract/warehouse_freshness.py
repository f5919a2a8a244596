"""Forms of `freshness`: by the clock, beside an earlier run, or beside the newest item of the API."""

from contracts_runner.model.warehouse_kinds import Freshness, FreshnessOfItems
from contracts_runner.project.contract.timezones import TIMEZONE
from contracts_runner.project.contract.warehouse_asking import AskingForm
from contracts_runner.project.contract.warehouse_kinds import SPAN, BoundsForm
from contracts_runner.project.contract.warehouse_previous import RATIO, build_ratio, is_against_previous
from contracts_runner.reading.declarations import Key, Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXT
from contracts_runner.reading.value_readers import JSONPATH

_COLUMN = Key(TEXT, "The column.", required=True, example="sale_ts")


class FreshnessForm(BoundsForm):
    """How old the newest value of a column may be; it may be five minutes in the future. Without `against: previous`
    it needs `within`; with that, the age is compared with the age that an earlier run has found."""

    noun = "the check 'freshness'"
    column = _COLUMN
    within = Key(SPAN, "How old the newest value may be, such as 48h.", example="48h")
    timezone = TIMEZONE
    min = Key(RATIO, "Beside `against`: at least so many times as old.", example="0.5")
    max = Key(RATIO, "Beside `against`: at most so many times as old.", example="2")

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        if self.has_bounds:
            return
        if type(self).within not in self:
            place.report(f"{self.noun} needs the key 'within'")
        for key in (type(self).min, type(self).max):
            if key in self:
                self.at(key).report(f"'{key.name}' is a ratio, for `against: previous` beside the check")

    @property
    def has_bounds(self) -> bool:
        """True beside `against: previous`."""
        return is_against_previous(self.place)

    def build(self) -> Freshness:
        """Return the kind of check."""
        return Freshness(
            column=self.column or "",
            within=self.within,
            timezone=self.timezone,
            ratio=build_ratio(self.min, self.max) if self.has_bounds else None,
        )


class FreshnessOfItemsForm(AskingForm):
    """How far the newest value of a column may be behind the newest item of an operation."""

    noun = "the check 'freshness'"
    column = _COLUMN
    changed = Key(JSONPATH, "JSONPath of the time of an item.", required=True, example="$.updated_at")
    within = Key(SPAN, "How far the column may be behind, such as 2h.", required=True, example="2h")

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        self.check_times(filter(None, [self.changed]))

    def build(self) -> FreshnessOfItems | None:
        """Return the kind of check; None without a span."""
        if self.within is None:
            return None
        return FreshnessOfItems(
            asks=self.asks, column=self.column or "", changed=self.changed or "", within=self.within
        )


_BY_CLOCK = FreshnessForm.reader().then(FreshnessForm.build)
_OF_ITEMS = FreshnessOfItemsForm.reader().then(FreshnessOfItemsForm.build)


def _read_freshness(value: Value) -> Freshness | FreshnessOfItems | None:
    is_of_items = isinstance(value.value, dict) and "operation" in value.value and not is_against_previous(value)
    return _OF_ITEMS.read(value) if is_of_items else _BY_CLOCK.read(value)


FRESHNESS: Reader[Freshness | FreshnessOfItems] = Reader(
    _read_freshness,
    {"if": {"required": ["operation"]}, "then": FreshnessOfItemsForm, "else": FreshnessForm},
    "Freshness, or Freshness of items",
)
