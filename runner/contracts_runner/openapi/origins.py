"""Leads from the places of a converted document back to those that its author wrote."""

from dataclasses import dataclass
from functools import cached_property

from contracts_runner.model.json_pointer import Pointer
from contracts_runner.reading.yaml_tree import Node, iter_nodes


@dataclass(frozen=True, eq=False)
class Origins:
    """Tells where the author of a document wrote what is now elsewhere in it."""

    written: Node
    converted: Node

    def find(self, pointer: Pointer) -> Pointer | None:
        """Return the author's place of what a pointer leads to, None of what the author did not write."""
        node = self.converted
        for part in pointer:
            children = dict(iter_nodes(node))
            if part not in children:
                return None
            node = children[part]
        return self._places.get(id(node.origin or node))

    @cached_property
    def _places(self) -> dict[int, Pointer]:
        places: dict[int, Pointer] = {}
        found: list[tuple[Pointer, Node]] = [((), self.written)]
        for pointer, node in found:
            places.setdefault(id(node), pointer)
            found += (((*pointer, part), child) for part, child in iter_nodes(node))
        return places
