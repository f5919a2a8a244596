"""Leads from the places of a converted document back to those that its author wrote."""

from functools import cached_property

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json_pointer import Pointer, render_fragment
from contracts_runner.reading.yaml_tree import Node, iter_nodes


@dataclass(frozen=True, eq=False)
class Origins:
    """Tells where the author of a document wrote what is elsewhere in it now; `files`: the trees of all its files."""

    written: Node
    converted: Node
    files: tuple[Node, ...] = ()

    def find(self, pointer: Pointer) -> Pointer | None:
        """Return the author's place of what a pointer leads to, None of what is not in the document itself."""
        found = self._find(pointer)
        return found[1] if found and found[0] is self.written else None

    def list_moves(self) -> dict[str, Pointer]:
        """Return the JSON Pointers of what is not in its author's place of the object around it, each with its author's
        place; what nobody wrote has the place of the object around it."""
        moves: dict[str, Pointer] = {}
        found: list[tuple[Pointer, Node, Pointer]] = [((), self.converted, ())]
        for pointer, node, own in found:
            for part, child in iter_nodes(node):
                written = self._places.get(id(child.origin or child))
                place = written[1] if written else own
                if place != (*own, part):
                    moves[render_fragment((*pointer, part))] = place
                found.append(((*pointer, part), child, place))
        return moves

    def _find(self, pointer: Pointer) -> tuple[Node, Pointer] | None:
        node = self.converted
        for part in pointer:
            children = dict(iter_nodes(node))
            if part not in children:
                return None
            node = children[part]
        return self._places.get(id(node.origin or node))

    @cached_property
    def _places(self) -> dict[int, tuple[Node, Pointer]]:
        places: dict[int, tuple[Node, Pointer]] = {}
        for root in (self.written, *self.files):
            found: list[tuple[Pointer, Node]] = [((), root)]
            for pointer, node in found:
                places.setdefault(id(node), (root, pointer))
                found += (((*pointer, part), child) for part, child in iter_nodes(node))
        return places
