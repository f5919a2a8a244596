"""The defects that can be planted in the twin by name, so that checks can be shown to find them."""

from collections.abc import Iterable, Sequence

from qtickets_sandbox.faults import payload, state, wire
from qtickets_sandbox.faults.types import Answer, ChangeRules, Fault, Setting, Wrap
from qtickets_sandbox.rules import Rules

__all__ = ["FAULTS", "Answer", "Fault", "Setting", "install_faults", "parse_faults"]


def _describe(text: str | None) -> str:
    return (text or "").splitlines()[0].rstrip(".")


def _collect(wraps: dict[str, Wrap], rules: dict[str, ChangeRules]) -> dict[str, Fault]:
    found = {name: Fault(name=name, description=_describe(wrap.__doc__), wrap=wrap) for name, wrap in wraps.items()}
    for name, change in rules.items():
        found[name] = Fault(name=name, description=_describe(change.__doc__), change_rules=change)
    return found


FAULTS: dict[str, Fault] = _collect(
    {
        "expired-token": wire.expire_token,
        "unavailable-503": wire.refuse_all,
        "flaky-503": wire.refuse_every_other,
        "slow": wire.slow_down,
        "html-404": wire.lose_routes,
        "envelope-200": wire.fail_in_envelope,
        "undeclared-status": wire.change_status,
        "wrong-media-type": wire.change_media_type,
        "redirect": wire.redirect,
        "truncated-json": wire.truncate,
        "huge-body": wire.send_huge_body,
        "deep-json": wire.send_deep_body,
        "tenant-leak": wire.leak_tenant,
        "filter-ignored": payload.ignore_filters,
        "wrong-type": payload.change_types,
        "missing-field": payload.drop_update_times,
        "missing-seat-id": payload.drop_seat_ids,
        "missing-event-name": payload.drop_event_names,
        "pii-leak-field": payload.leak_person,
        "page-total-wrong": payload.miscount,
        "duplicate-row": payload.repeat_row,
        "unsorted": payload.reverse_rows,
        "paging-overlap": payload.overlap_pages,
        "naive-dates": payload.drop_offsets,
        "null-data": payload.answer_null,
        "frozen-hash": payload.freeze_hash,
        "restless-hash": payload.shake_hash,
        "wrong-event": payload.swap_event,
        "lost-write": state.forget_writes,
    },
    {
        "double-sell": state.sell_twice,
        "use-after-remove": state.use_after_remove,
        "lost-hold": state.lose_holds,
        "endless-hold": state.keep_holds,
        "early-barcode": state.give_barcode_early,
        "no-barcode": state.withhold_barcode,
    },
)


def parse_faults(names: Iterable[str]) -> list[Fault]:
    """Return the faults of these names; raises ValueError, with the valid names, for an unknown one."""
    faults = []
    for name in names:
        if name not in FAULTS:
            raise ValueError(f"unknown fault '{name}'; valid are: {', '.join(sorted(FAULTS))}")
        faults.append(FAULTS[name])
    return faults


def install_faults(faults: Sequence[Fault], rules: Rules) -> tuple[Rules, list[Wrap]]:
    """Return the rules as the faults leave them, and the wrappers to put round the answers, inner first."""
    wrappers = []
    # From the state outwards to the wire, so that faults do not hide each other, however they are listed.
    for fault in sorted(faults, key=lambda each: list(FAULTS).index(each.name), reverse=True):
        if fault.change_rules is not None:
            rules = fault.change_rules(rules)
        if fault.wrap is not None:
            wrappers.append(fault.wrap)
    return rules, wrappers
