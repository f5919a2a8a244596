"""JSONPath (RFC 9535), each path compiled once in a process: a project repeats its paths, and a run uses them again."""

from functools import lru_cache

import jsonpath_rfc9535


@lru_cache(maxsize=4096)
def compile_jsonpath(path: str) -> jsonpath_rfc9535.JSONPathQuery:
    """Return the compiled path; raises JSONPathError, and RecursionError for one that is nested too deep."""
    return jsonpath_rfc9535.compile(path)
