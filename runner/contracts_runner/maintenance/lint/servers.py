"""Rules on the `servers` of documents: `base_url` alone decides where operations go, and may lack their path; the own
servers of paths and operations are mapped by their names."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from urllib.parse import SplitResult, urljoin, urlsplit

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.environments import find_base_url
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.json import Json
from contracts_runner.openapi.operations import list_servers
from contracts_runner.reading.suggest import suggest_or_list

_VARIABLE = re.compile(r"\{([^{}]+)\}")
# Of those that the variables of one server give.
_MOST_URLS = 1000
# In the place of the unknown start of a path.
_UNKNOWN = "…"


def check_servers(subject: Subject) -> Iterator[Problem]:
    """Yield the environments whose `base_url` has another path than every server of a document.

    Left out are sandboxes, a `base_url` whose variables are not set, and documents without servers.
    """
    settings = subject.project.settings
    yield from _check_names(subject)
    for spec in subject.project.specs.values():
        servers = list_servers(spec.document.get("servers"))
        paths = list(dict.fromkeys(path for server in servers for path in _iter_paths(server)))
        for name in settings.environments:
            base_url = find_base_url(settings, name, subject.variables, spec.key)
            if base_url is not None and paths and not any(_is_same(urlsplit(base_url).path, path) for path in paths):
                # The path of base_url is not quoted: it may come from a variable.
                message = (
                    f"the base_url of environment '{name}' differs in its path from the servers of spec '{spec.key}': "
                    f"{' or '.join(path or '/' for path in paths)}"
                )
                own = (settings.document.value["environments"][name].get("base_urls") or {}).keys() & {spec.key}
                key = ("base_urls", spec.key) if own else ("base_url",)
                location = settings.document.location(("environments", name, *key))
                hint = "operations go to base_url alone; add the path if the service has it there"
                yield warn(location, message, hint, rule=Rule.SERVERS)


def _check_names(subject: Subject) -> Iterator[Problem]:
    """Yield what `servers` of an environment maps and no document has."""
    settings, specs = subject.project.settings, subject.project.specs.values()
    known = dict.fromkeys(name for spec in specs for each in spec.operations.values() for name in each.servers)
    for environment in filter(None, (found for found, _ in subject.environments)):
        for name in environment.servers.keys() - known.keys() if specs else ():
            location = settings.document.location(("environments", environment.name, "servers", name))
            message = f"no path and no operation of a document has the server '{name}'"
            yield warn(location, message, suggest_or_list(name, known), rule=Rule.SERVERS)


def _iter_paths(server: Mapping[str, Json]) -> Iterator[str]:
    """Yield the paths that a server may have, without a slash at the end; what is not known of one is _UNKNOWN."""
    found = [_find_path(url) for url in iter_urls(server)]
    yield from found or [_UNKNOWN]


def iter_urls(server: Mapping[str, Json]) -> Iterator[str]:
    """Yield the URLs that a server may have; none where the document does not declare one of its variables."""
    url, variables = server["url"], server.get("variables")
    declared = variables if isinstance(variables, Mapping) else {}
    names = dict.fromkeys(_VARIABLE.findall(url))
    values = [[(name, value) for value in _list_values(declared.get(name))] for name in names]
    for chosen in islice(product(*values), _MOST_URLS):
        filled = url
        for name, value in chosen:
            filled = filled.replace(f"{{{name}}}", value)
        yield filled


def _list_values(variable: Json) -> list[str]:
    """Return the default of a variable and, where only some values are possible, the others."""
    if not isinstance(variable, Mapping):
        return []
    defaults = [variable["default"]] if "default" in variable else []
    others = variable.get("enum")
    found = [*defaults, *(others if isinstance(others, list) else [])]
    return list(dict.fromkeys(str(value) for value in found if isinstance(value, str | int | float)))


def _find_path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return _UNKNOWN
    if parts.scheme and not parts.netloc:
        return _UNKNOWN
    path = urlsplit(urljoin("https://server.invalid/", url)).path.rstrip("/")
    # The address of the document, to which such a URL is relative, is not known.
    return f"{_UNKNOWN}{path}" if _is_relative(parts) else path


def _is_relative(parts: SplitResult) -> bool:
    return not parts.netloc and not parts.path.startswith("/")


def _is_same(path: str, server: str) -> bool:
    return path.endswith(server.removeprefix(_UNKNOWN)) if server.startswith(_UNKNOWN) else path == server
