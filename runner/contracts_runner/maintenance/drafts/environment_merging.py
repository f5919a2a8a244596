"""The environments of several documents as those of one project."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.drafts.environment_drafts import CredentialDraft, EnvironmentDraft

# Spec -> scheme -> the credential for it.
_Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class SharedEnvironment:
    """An environment of several specs. `base_urls`: spec -> where its service is and what that is, if it is elsewhere.

    `aliases`: spec -> scheme -> credential of another name, where another spec has a scheme of that name that is sent
    to another service, or in another way.
    """

    draft: EnvironmentDraft
    base_urls: Mapping[str, tuple[str, str]]
    aliases: _Names


def share_environments(drafts: Mapping[str, Sequence[EnvironmentDraft]]) -> list[SharedEnvironment]:
    """Return the environments that all specs have, by the key of each: the first of each together, and those of one
    name. A service that is not there would be another one."""
    begun = {key: each[0] for key, each in drafts.items()}
    names = _name_credentials(begun)
    shared = [_share(begun, names)]
    first, *others = drafts.values()
    for draft in first[1:]:
        same = [next((each for each in listed[1:] if each.name == draft.name), None) for listed in others]
        found = [each for each in (draft, *same) if each is not None]
        if len(found) == len(drafts):
            shared.append(_share(dict(zip(drafts, found, strict=True)), names))
    return shared


def _name_credentials(drafts: Mapping[str, EnvironmentDraft]) -> _Names:
    # One credential is for one service, whatever the documents call it.
    known: dict[tuple[str, str, str], str] = {}
    names: dict[str, dict[str, str]] = {}
    for key, draft in drafts.items():
        service = urlsplit(draft.base_url).netloc
        names[key] = {}
        for each in draft.credentials:
            own = f"{key}_{each.scheme}" if each.scheme in known.values() else each.scheme
            names[key][each.scheme] = known.setdefault((each.scheme, each.description, service), own)
    return names


def _share(drafts: Mapping[str, EnvironmentDraft], names: _Names) -> SharedEnvironment:
    first = next(iter(drafts.values()))
    base_urls = {key: (each.base_url, each.comment) for key, each in drafts.items() if each.base_url != first.base_url}
    servers = {name: url for each in [*drafts.values()][::-1] for name, url in each.servers.items()}
    credentials: dict[str, CredentialDraft] = {}
    users: dict[str, list[str]] = defaultdict(list)
    for key, draft in drafts.items():
        for credential in draft.credentials:
            name = names[key][credential.scheme]
            credentials.setdefault(name, replace(credential, scheme=name))
            users[name].append(key)
    told = [_tell_users(each, users[each.scheme]) for each in credentials.values()]
    aliases = {key: {scheme: name for scheme, name in own.items() if name != scheme} for key, own in names.items()}
    merged = replace(first, servers=servers, credentials=tuple(told))
    return SharedEnvironment(merged, base_urls, aliases)


def _tell_users(credential: CredentialDraft, specs: Sequence[str]) -> CredentialDraft:
    if len(specs) < 2:
        return credential
    return replace(credential, description=f"{credential.description}; of {', '.join(specs[:-1])} and {specs[-1]}")
