"""The statement that a value is personal: by the spec, by its form, or by the name of its field."""

from typing import NamedTuple

_SHORTEST_TOKEN = 6
_LONGEST_WORD = 16


class Mark(NamedTuple):
    """`kind` is a word of `x-pii`. `is_guess`: only the name of the field says so."""

    kind: str
    is_guess: bool = False

    def is_memorable(self, value: str) -> bool:
        """Tell whether the value may be looked for elsewhere. What only a name like `token` calls a token may be a word
        as common as `closed`: it must look like one."""
        if not self.is_guess or self.kind != "token":
            return True
        has_digit = any(character.isdigit() for character in value)
        return len(value) >= (_SHORTEST_TOKEN if has_digit else _LONGEST_WORD)
