"""The environments of several documents as those of one project."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from contracts_runner.maintenance.drafts.environment_drafts import CredentialDraft, EnvironmentDraft


@dataclass(frozen=True, slots=True)
class SharedEnvironment:
    """An environment of several specs. `base_urls`: spec -> where its service is and what that is, if it is elsewhere.

    `aliases`: spec -> scheme -> credential of another name, where another spec has a scheme of that name that is sent
    in another way.
    """

    draft: EnvironmentDraft
    base_urls: Mapping[str, tuple[str, str]]
    aliases: Mapping[str, Mapping[str, str]]


def share_environments(drafts: Mapping[str, Sequence[EnvironmentDraft]]) -> list[SharedEnvironment]:
    """Return the environments that all specs have, by the key of each: the first of each together, and those of one
    name. A service that is not there would be another one."""
    first, *others = drafts.values()
    shared = [_share({key: each[0] for key, each in drafts.items()})]
    for draft in first[1:]:
        same = [next((each for each in listed[1:] if each.name == draft.name), None) for listed in others]
        found = [each for each in (draft, *same) if each is not None]
        if len(found) == len(drafts):
            shared.append(_share(dict(zip(drafts, found, strict=True))))
    return shared


def _share(drafts: Mapping[str, EnvironmentDraft]) -> SharedEnvironment:
    first = next(iter(drafts.values()))
    base_urls = {key: (each.base_url, each.comment) for key, each in drafts.items() if each.base_url != first.base_url}
    servers = {name: url for each in [*drafts.values()][::-1] for name, url in each.servers.items()}
    aliases: dict[str, dict[str, str]] = {key: {} for key in drafts}
    credentials: dict[str, CredentialDraft] = {}
    users: dict[str, list[str]] = defaultdict(list)
    names: dict[tuple[str, str], str] = {}
    for key, draft in drafts.items():
        for credential in draft.credentials:
            scheme = credential.scheme
            own = scheme if scheme not in credentials else f"{key}_{scheme}"
            name = names.setdefault((scheme, credential.description), own)
            credentials.setdefault(name, replace(credential, scheme=name))
            users[name].append(key)
            if name != scheme:
                aliases[key][scheme] = name
    told = [_tell_users(each, users[each.scheme]) for each in credentials.values()]
    merged = replace(first, servers=servers, credentials=tuple(told))
    return SharedEnvironment(merged, base_urls, aliases)


def _tell_users(credential: CredentialDraft, specs: Sequence[str]) -> CredentialDraft:
    if len(specs) < 2:
        return credential
    return replace(credential, description=f"{credential.description}; of {', '.join(specs[:-1])} and {specs[-1]}")
