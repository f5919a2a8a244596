"""The lifecycle of partner tickets under any sequence of calls, against a model of a few lines."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from werkzeug.test import Client

from helpers.qtickets.twin import FixedTime
from qtickets_sandbox.app import create_app
from qtickets_sandbox.credentials import PARTNER_KEY_P

SEATS = ("CENTER_PARTERRE-20;5", "CENTER_PARTERRE-20;7", "CENTER_PARTERRE-20;8")
OFFERS = ("full", "preferential")


class TicketLifecycle(RuleBasedStateMachine):
    """`live` maps a ticket to (seat, reserved_to, paid); all else must follow from it."""

    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.time = FixedTime()
        # In this process and without sockets: hundreds of sequences of calls, each on a new world.
        self.client = Client(create_app(now=self.time))
        self.live: dict[int, tuple[str, Any, bool]] = {}
        self.barcodes: dict[int, str] = {}

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        response = self.client.post(
            f"/api/partners/v1/tickets/{path}",
            data=json.dumps(body),
            headers={"Authorization": f"Bearer {PARTNER_KEY_P}", "Content-Type": "application/json"},
        )
        assert response.status_code == 200
        answer: dict[str, Any] = json.loads(response.data)
        return answer

    def is_taken(self, seat: str) -> bool:
        return any(each[0] == seat for each in self.live.values())

    @rule(
        target=tickets,
        seat=st.sampled_from(SEATS),
        offer=st.sampled_from(OFFERS),
        minutes=st.integers(1, 60),
        paid=st.booleans(),
    )
    def add(self, seat: str, offer: str, minutes: int, paid: bool) -> int:
        until = self.time() + timedelta(minutes=minutes)
        terms: dict[str, Any] = {"paid": 1} if paid else {"reserved_to": until.isoformat()}
        taken = self.is_taken(seat)

        answer = self.call("add/12/4076", seat_id=seat, offer_id=offer, **terms)

        if taken:
            assert answer["code"] == "SEAT_NOT_AVAILABLE"
            return -1
        number = int(answer["result"]["id"])
        self.live[number] = (seat, until, paid)
        self.note_barcode(answer["result"])
        return number

    @rule(ticket=tickets, minutes=st.integers(1, 60))
    def extend(self, ticket: int, minutes: int) -> None:
        until = self.time() + timedelta(minutes=minutes)

        answer = self.call("update/12/4076", id=ticket, reserved_to=until.isoformat())

        if ticket in self.live:
            seat, _, paid = self.live[ticket]
            self.live[ticket] = (seat, until, paid)
            self.note_barcode(answer["result"])
        else:
            assert answer["code"] in ("TICKET_NOT_FOUND", "VALIDATION_ERROR")

    @rule(ticket=tickets)
    def pay(self, ticket: int) -> None:
        answer = self.call("update/12/4076", id=ticket, paid=1)

        if ticket in self.live:
            seat, until, _ = self.live[ticket]
            self.live[ticket] = (seat, until, True)
            self.note_barcode(answer["result"])
        else:
            assert answer["code"] in ("TICKET_NOT_FOUND", "VALIDATION_ERROR")

    @rule(ticket=consumes(tickets))
    def remove(self, ticket: int) -> None:
        answer = self.call("remove/12/4076", id=ticket)

        if ticket in self.live and not self.live[ticket][2]:
            assert answer["result"] is True
            del self.live[ticket]
        else:
            assert answer["status"] == "error"

    @rule(minutes=st.integers(1, 40))
    def wait(self, minutes: int) -> None:
        self.time.advance(minutes=minutes)
        self.live = {number: each for number, each in self.live.items() if each[2] or each[1] > self.time()}

    @invariant()
    def seats_are_free_unless_a_live_ticket_has_them(self) -> None:
        batch = [{"seat_id": seat, "offer_id": offer} for seat in SEATS for offer in OFFERS]

        result = self.call("check/12/4076", batch=batch)["result"]

        assert [item["available"] for item in result] == [not self.is_taken(item["seat_id"]) for item in batch]

    @invariant()
    def find_tells_which_tickets_live(self) -> None:
        found = {ticket["id"]: ticket for ticket in self.call("find/12/4076")["result"] if ticket["id"] < 130000}

        mine = {number for number, ticket in found.items() if number >= 120299 and not ticket["deleted"]}
        assert mine == set(self.live)
        for number in mine:
            assert found[number]["paid"] == int(self.live[number][2])

    def note_barcode(self, ticket: dict[str, Any]) -> None:
        number, barcode = int(ticket["id"]), ticket["barcode"]
        assert (barcode is not None) == (ticket["paid"] == 1)
        if barcode is not None:
            assert self.barcodes.setdefault(number, barcode) == barcode
            assert len(set(self.barcodes.values())) == len(self.barcodes)


TestTicketLifecycle = TicketLifecycle.TestCase
TestTicketLifecycle.settings = settings(max_examples=40, stateful_step_count=25, deadline=None, database=None)
