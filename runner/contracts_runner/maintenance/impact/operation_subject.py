"""An operation in both documents, and how a change of it is built."""

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.changes import Change, Content, Use
from contracts_runner.maintenance.impact.described import Described, DescribedOperation
from contracts_runner.maintenance.impact.schema_pairs import SchemaPairs
from contracts_runner.openapi.dialect import Direction


@dataclass(eq=False)
class OperationSubject:
    """An operation in both documents. `is_inbound`: the service sends it, as a webhook or a callback: then what it
    sends is for us to read. `contents` grows: what is compared by its schemas."""

    label: str
    old: DescribedOperation
    new: DescribedOperation
    pairs: SchemaPairs
    is_inbound: bool = False
    noun: str = ""  # what is before each message
    contents: list[Content] = field(default_factory=list)

    @property
    def sent(self) -> Direction:
        """The direction of its requests, as we see it."""
        return "response" if self.is_inbound else "request"

    @property
    def received(self) -> Direction:
        """The direction of its answers, as we see it."""
        return "request" if self.is_inbound else "response"

    def build(
        self,
        kind: str,
        message: str,
        uses: list[Use],
        *,
        is_breaking: bool,
        old: Described | None = None,
        new: Described | None = None,
        key: str = "",
        edits: Mapping[Use, str] = MappingProxyType({}),
    ) -> Change:
        """Return a change of a part, or of a key of it that is there."""
        part = new if new is not None else old
        assert part is not None
        pointer = (*part.place, key) if key and key in part.value else part.place
        return Change(
            operation=self.label,
            kind=kind,
            is_breaking=is_breaking,
            pointer=pointer,
            is_in_new=new is not None,
            message=f"{self.noun}{message}",
            uses=frozenset(uses),
            edits=edits,
        )
