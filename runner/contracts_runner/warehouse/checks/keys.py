"""The key of `reconcile`: one column, or several that together are one."""

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.warehouse.columns import Column


@dataclass(frozen=True)
class Key:
    """The columns of a key. Of several the texts are joined in hexadecimal, so that no value runs into the next."""

    columns: tuple[Column, ...]

    @property
    def parameters(self) -> dict[str, Column]:
        """The parameters of the SQL below."""
        return {f"k{n}": column for n, column in enumerate(self.columns)}

    @property
    def sql_text(self) -> str:
        """SQL for the text of a row's key."""
        texts = [column.sql_text(f"{{{name}:Identifier}}") for name, column in self.parameters.items()]
        parts = ", ',', ".join(f"hex({text})" for text in texts)
        return texts[0] if len(texts) == 1 else f"concat({parts})"

    @property
    def sql_is_whole(self) -> str:
        """SQL that is true for a row that has a key: one without is no row of an item."""
        return " AND ".join(f"isNotNull({{{name}:Identifier}})" for name in self.parameters)

    def text(self, values: list[Json]) -> str:
        """Return the key of an item as the text that `sql_text` gives for the same one in the table."""
        texts = [column.text(value) for column, value in zip(self.columns, values, strict=True)]
        return texts[0] if len(texts) == 1 else ",".join(text.encode().hex().upper() for text in texts)

    def show(self, text: str) -> Json:
        """Return a key as a reader knows it, several parts as a list."""
        if len(self.columns) == 1:
            return self.columns[0].show(text)
        parts = (bytes.fromhex(part).decode(errors="replace") for part in text.split(","))
        return [column.show(part) for column, part in zip(self.columns, parts, strict=True)]
