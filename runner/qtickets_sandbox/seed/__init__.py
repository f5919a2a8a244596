"""Fill a world with the entities of the samples (docs/qtickets.md, Seed) and a history long enough to page through."""

from qtickets_sandbox.seed.catalogue import seed_clients, seed_discounts
from qtickets_sandbox.seed.events import seed_events
from qtickets_sandbox.seed.history import seed_history
from qtickets_sandbox.seed.orders import seed_orders
from qtickets_sandbox.seed.tickets import seed_tickets
from qtickets_sandbox.world import World


def seed_world(world: World) -> None:
    """Seed in the order of references: events, clients, discounts, orders, partner tickets."""
    seed_events(world)
    seed_clients(world)
    seed_discounts(world)
    seed_orders(world)
    seed_tickets(world)
    seed_history(world)
