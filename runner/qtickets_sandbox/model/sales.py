"""Clients, orders with their baskets, discounts, promo codes, and the tickets of partners."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qtickets_sandbox.model.venue import Holder, Number


@dataclass(slots=True, kw_only=True)
class Client:
    """A buyer, as one organiser knows it."""

    id: int
    organiser: str
    email: str
    details_id: int
    name: str = ""
    surname: str | None = None
    middlename: str | None = None
    phone: str | None = None
    vk_id: str = ""
    facebook_id: str = ""


@dataclass(slots=True, kw_only=True)
class Basket:
    """A ticket of an order; amounts in units of the currency."""

    id: int
    series: str
    show_id: int
    seat_id: str
    seat_name: str
    original_price: Number
    client_email: str
    client_phone: str
    client_name: str
    client_surname: str
    created_at: datetime
    updated_at: datetime
    token: str
    discount_value: Number = 0
    barcode: str | None = None
    multiprice_code: str | None = None
    client_middlename: str | None = None
    related: list[int] = field(default_factory=list)
    checked_at: datetime | None = None
    deleted_at: datetime | None = None
    refunded_at: datetime | None = None
    refunded_amount: Number | None = None
    refunded_deduction_amount: Number | None = None
    refunds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def price(self) -> Number:
        """What the buyer pays."""
        return self.original_price - self.discount_value

    @property
    def is_active(self) -> bool:
        """Neither removed nor refunded."""
        return self.deleted_at is None and self.refunded_at is None

    @property
    def holder(self) -> Holder:
        """It among the holders of a seat."""
        return Holder(f"basket:{self.id}", self.multiprice_code or "")


@dataclass(slots=True, kw_only=True)
class Order:
    """A purchase: unpaid until `payed_at`, gone from `deleted_at` on."""

    id: int
    organiser: str
    uniqid: str
    token: str
    client: Client
    event_id: int
    created_at: datetime
    updated_at: datetime
    reserved_to: datetime
    baskets: list[Basket]
    payed_at: datetime | None = None
    site_id: int = 16
    payment_id: int = 36
    payment_type_id: str = "card"
    payment_card_number: str | None = None
    basket_user_id: int = 1
    discount_id: int | None = None
    promo_code_id: int | None = None
    reserved: bool = False
    reserve_extended: bool = False
    currency_id: str = "RUB"
    utm: dict[str, str] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    deleted_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Discount:
    """A discount; the API shows no value (docs/qtickets.md, REST operations)."""

    id: int
    organiser: str
    name: str
    event_ids: tuple[int, ...]
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    active_from: datetime | None = None
    active_to: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class PromoCode:
    """A code that gives a discount."""

    id: int
    organiser: str
    discount_id: int
    code: str
    max_uses_count: int
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    active_from: datetime | None = None
    active_to: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class PartnerTicket:
    """A ticket that a partner holds or has sold; dead from `deleted` on (docs/qtickets.md, Partner tickets)."""

    id: int
    partner_id: int
    event_id: int
    show_id: int
    seat_id: str
    offer_id: str | None
    admission: bool
    reserved_to: datetime
    paid_at: datetime | None = None
    payment_type_id: str | None = None
    external_id: str | None = None
    external_order_id: str | None = None
    user_session: str | None = None
    barcode: str | None = None
    price: Number | None = None
    client_email: str | None = None
    client_phone: str | None = None
    client_name: str | None = None
    client_surname: str | None = None
    client_middlename: str | None = None
    fanid: str | None = None
    visitor_user_id: str | None = None
    checked_at: datetime | None = None
    deleted: bool = False

    @property
    def holder(self) -> Holder:
        """It among the holders of a seat."""
        return Holder(f"ticket:{self.id}", self.offer_id or "")
