"""Writes YAML that is read again as what it was."""

import yaml

from contracts_runner.reading.yaml_scalars import ScalarError, resolve_plain


class Dumper(yaml.SafeDumper):
    """Quotes every text that YAML 1.2 takes for something else, where PyYAML knows 1.1 only: 0o17, 1e5, 09."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Return the node of a text."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if _is_plain(text) else "'")


Dumper.add_representer(str, Dumper.represent_text)


def _is_plain(text: str) -> bool:
    try:
        return isinstance(resolve_plain(text), str)
    except ScalarError:
        return False
