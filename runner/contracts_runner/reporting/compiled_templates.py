"""Keeps what Jinja compiles templates to between processes, in the cache folder of the user (reading/cache.py)."""

import base64

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from contracts_runner.reading.cache import Cache


class CompiledTemplates(BytecodeCache):
    """Templates by their text and the `settings` of the environment, which compiling makes use of. Jinja itself refuses
    what another version of it or of Python has compiled."""

    def __init__(self, cache: Cache, settings: str) -> None:
        self._cache, self._settings = cache, settings

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if there is anything."""
        if lines := self._cache.load(self._name(bucket)):
            bucket.bytecode_from_string(base64.b64decode(lines[0]))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._cache.save(self._name(bucket), [base64.b64encode(bucket.bytecode_to_string())])

    def _name(self, bucket: Bucket) -> str:
        # The name of the file is part of what is compiled: it stands in tracebacks.
        return f"template {self._settings} {bucket.key} {bucket.checksum}"
