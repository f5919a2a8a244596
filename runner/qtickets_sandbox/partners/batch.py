"""Run a call for one item, or for each item of `batch` in order (docs/qtickets.md, Partners API, Partner tickets)."""

from collections.abc import Callable, Mapping
from typing import Any

from qtickets_sandbox.envelopes import PartnersError
from qtickets_sandbox.model.venue import Show
from qtickets_sandbox.partners.call import PartnerCall
from qtickets_sandbox.partners.parameters import Parameters, invalid

Change = Callable[[Parameters, bool], Any]


def run_items(call: PartnerCall, show: Show, change: Change) -> Any:
    """Return the result of `change(item, is_single)`, or the list of results of a batch.

    A batch is atomic: the first error undoes all; with `batch_failure="per_item"` each item stands
    for itself, and its error envelope takes the place of its result.
    """
    if "batch" not in call.parameters:
        with call.world.transaction(show):
            return change(call.parameters, True)
    items = _read_batch(call.parameters["batch"])
    if call.switches.batch_failure == "per_item":
        return [_run_apart(call, show, change, item) for item in items]
    with call.world.transaction(show):
        return [change(item, False) for item in items]


def _read_batch(batch: object) -> list[Mapping[str, Any]]:
    if not isinstance(batch, list) or not batch or not all(isinstance(item, Mapping) for item in batch):
        raise invalid("batch must be a list of objects")
    return batch


def _run_apart(call: PartnerCall, show: Show, change: Change, item: Parameters) -> Any:
    try:
        with call.world.transaction(show):
            return change(item, False)
    except PartnersError as error:
        return error.payload()
