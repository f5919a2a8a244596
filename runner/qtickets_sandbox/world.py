"""The state of one twin: every entity by id, the clock, and the lock under which all of it changes."""

import string
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from threading import RLock
from typing import TYPE_CHECKING, Any

from qtickets_sandbox.clock import Clock
from qtickets_sandbox.model.sales import Basket, Client, Discount, Order, PartnerTicket, PromoCode
from qtickets_sandbox.model.venue import Event, Holder, Seat, Show
from qtickets_sandbox.rules import Rules
from qtickets_sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALPHANUMERIC = string.ascii_letters + string.digits

# What happened, to which order, and the keys that a webhook adds to it (docs/qtickets.md, Webhooks).
Listener = Callable[[str, Order, dict[str, Any]], None]


class World:
    """All data of all organisers and partners.

    Hold `lock` while reading or changing anything while requests are being served.
    """

    def __init__(self, *, clock: Clock, switches: Switches, rules: Rules, seed: int) -> None:
        self.clock = clock
        self.switches = switches
        self.rules = rules
        self.lock = RLock()
        self.events: dict[int, Event] = {}
        self.shows: dict[int, Show] = {}
        self.clients: dict[int, Client] = {}
        self.orders: dict[int, Order] = {}
        self.baskets: dict[int, tuple[Order, Basket]] = {}
        self.discounts: dict[int, Discount] = {}
        self.promo_codes: dict[int, PromoCode] = {}
        self.tickets: dict[int, PartnerTicket] = {}
        self.listeners: list[Listener] = []
        self._random = Random(seed)
        self._last_ids: dict[str, int] = {}
        self._barcodes: set[str] = set()

    def start_ids(self, **last: int) -> None:
        """Set the last id used for each kind, so that the next one is greater."""
        self._last_ids.update(last)

    def issue_id(self, kind: str) -> int:
        """Return the next id of a kind (`order`, `ticket`, …)."""
        self._last_ids[kind] = self._last_ids.get(kind, 0) + 1
        return self._last_ids[kind]

    def issue_barcode(self) -> str:
        """Return a barcode that no ticket has: 12 digits that start with 87 (docs/qtickets.md, REST operations)."""
        while True:
            barcode = f"87{self._random.randrange(10**10):010d}"
            if barcode not in self._barcodes:
                self._barcodes.add(barcode)
                return barcode

    def issue_series(self) -> str:
        """Return a ticket's series: 9 digits."""
        return f"{self._random.randrange(10**8, 10**9)}"

    def issue_uniqid(self) -> str:
        """Return 10 alphanumeric characters."""
        return "".join(self._random.choices(_ALPHANUMERIC, k=10))

    def issue_token(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{self._random.getrandbits(128):032x}"

    def add_event(self, event: Event) -> None:
        """Take an event in, with its shows."""
        self.events[event.id] = event
        for show in event.shows:
            self.shows[show.id] = show

    def add_order(self, order: Order) -> None:
        """Take an order in, and let its active baskets hold their seats."""
        self.orders[order.id] = order
        for basket in order.baskets:
            self.baskets[basket.id] = (order, basket)
            if basket.barcode:
                self._barcodes.add(basket.barcode)
            if basket.is_active:
                self.occupy(basket, paid=order.payed_at is not None)

    def add_ticket(self, ticket: PartnerTicket) -> None:
        """Take a partner's ticket in, and let it hold its seat while it lives."""
        self.tickets[ticket.id] = ticket
        if ticket.barcode:
            self._barcodes.add(ticket.barcode)
        self.settle_ticket(ticket)

    def settle_ticket(self, ticket: PartnerTicket) -> None:
        """Make the seat of a ticket say what the ticket says."""
        seat = self.shows[ticket.show_id].seats[ticket.seat_id]
        if ticket.deleted or not self.rules.ticket_takes_seat(ticket):
            seat.holders.pop(ticket.holder, None)
        else:
            seat.holders[ticket.holder] = ticket.paid_at is not None

    def list_holders(self, seat: Seat, offer_id: str) -> dict[Holder, bool]:
        """Return who leaves less of a seat to an offer: everybody, or with `per_offer` who has it in this offer.

        Who has it in no offer that the seat is sold in, has it in all of them.
        """
        if self.switches.seat_across_offers == "shared":
            return seat.holders
        return {
            holder: paid
            for holder, paid in seat.holders.items()
            if holder.offer_id == offer_id or holder.offer_id not in seat.offers
        }

    def count_free(self, seat: Seat, offer_id: str) -> int:
        """Return how many places of a seat an offer has left."""
        return max(0, seat.max_quantity - len(self.list_holders(seat, offer_id)))

    def has_room_for(self, basket: Basket) -> bool:
        """Say whether the seat of a basket that does not hold it is free in its offer."""
        return self.count_free(self.seat_of(basket), basket.multiprice_code or "") > 0

    def seat_of(self, basket: Basket) -> Seat:
        """The seat that a basket is for."""
        return self.shows[basket.show_id].seats[basket.seat_id]

    def occupy(self, basket: Basket, *, paid: bool) -> None:
        """Let a basket hold its seat."""
        self.seat_of(basket).holders[basket.holder] = paid

    def release(self, basket: Basket) -> None:
        """Give the seat of a basket back."""
        self.seat_of(basket).holders.pop(basket.holder, None)

    def announce(self, what: str, order: Order, **extra: Any) -> None:
        """Tell every listener that something happened to an order."""
        for listener in self.listeners:
            listener(what, order, extra)

    @contextmanager
    def transaction(self, show: Show) -> "Iterator[None]":
        """Undo every change to the partner tickets and seats of a show if the block raises."""
        tickets = {key: replace(each) for key, each in self.tickets.items() if each.show_id == show.id}
        holders = {key: dict(seat.holders) for key, seat in show.seats.items()}
        try:
            yield
        except Exception:
            for number in [each.id for each in self.tickets.values() if each.show_id == show.id]:
                del self.tickets[number]
            self.tickets.update(tickets)
            for root_id, seat in show.seats.items():
                seat.holders = holders[root_id]
            raise
