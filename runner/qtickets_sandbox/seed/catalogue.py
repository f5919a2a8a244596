"""Seed clients, discounts and promo codes; every person is invented."""

from datetime import timedelta

from qtickets_sandbox.credentials import ORGANISER_A, ORGANISER_B
from qtickets_sandbox.lifecycle.making import PHONE
from qtickets_sandbox.model.sales import Client, Discount, PromoCode
from qtickets_sandbox.world import World

FIRST_HISTORY_CLIENT = 3001
HISTORY_CLIENTS = 115
_NAMES = (("Анна", "Примерова"), ("Иван", "Образцов"), ("Мария", None), ("Пётр", "Тестов"))
_DISCOUNTS = 65
_PROMO_CODES = 90


def seed_clients(world: World) -> None:
    """Add clients 10, 235 and 337, two pages of others, and one of the other organiser."""
    world.start_ids(client=9000, details=9000)
    for client_id, details_id, tail in ((10, 12, "+10"), (235, 167, ""), (337, 269, "+337")):
        _add_client(world, client_id, details_id, f"user{tail}@example.com")
    for client_id in range(FIRST_HISTORY_CLIENT, FIRST_HISTORY_CLIENT + HISTORY_CLIENTS):
        _add_client(world, client_id, client_id + 500, f"user+{client_id}@example.com")
    _add_client(world, 8001, 8501, "user+8001@example.com", organiser=ORGANISER_B)


def _add_client(world: World, client_id: int, details_id: int, email: str, *, organiser: str = ORGANISER_A) -> None:
    name, surname = _NAMES[client_id % len(_NAMES)]
    world.clients[client_id] = Client(
        id=client_id,
        organiser=organiser,
        email=email,
        details_id=details_id,
        name=name,
        surname=surname,
        middlename="Примеровна" if client_id % 8 == 0 else None,
        phone=PHONE if client_id % 5 else None,
        vk_id=str(client_id * 1000) if client_id % 11 == 0 else "",
    )


def seed_discounts(world: World) -> None:
    """Add discount 45 among 65, and promo code 13513 among 90, which are not in ascending id order."""
    world.start_ids(discount=9000, promo_code=90000)
    now = world.clock.now()
    created = now - timedelta(days=80)
    for discount_id in range(1, _DISCOUNTS + 1):
        world.discounts[discount_id] = Discount(
            id=discount_id,
            organiser=ORGANISER_A,
            name=f"Скидка {discount_id}",
            event_ids=(12, 33) if discount_id == 45 else (2001 + discount_id % 20,),
            created_at=created,
            updated_at=created,
            is_active=discount_id % 9 != 0,
            active_to=now + timedelta(days=30) if discount_id % 2 else None,
        )
    # Promo codes were not listed by ascending id (docs/qtickets.md, Lists): insertion order is the list's.
    for promo_code_id in sorted(range(13500, 13500 + _PROMO_CODES), key=lambda each: (each * 7) % 90):
        world.promo_codes[promo_code_id] = PromoCode(
            id=promo_code_id,
            organiser=ORGANISER_A,
            discount_id=45 if promo_code_id % 3 == 1 else promo_code_id % _DISCOUNTS + 1,
            code=f"CODE{promo_code_id}",
            max_uses_count=promo_code_id % 10 + 1,
            created_at=created,
            updated_at=created,
            active_from=created,
            active_to=now + timedelta(days=60) if promo_code_id % 4 else None,
        )
