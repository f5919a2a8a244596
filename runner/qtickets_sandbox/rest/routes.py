"""The routes of the REST API: each pair of method and path that the service has (docs/qtickets.md, REST operations)."""

from qtickets_sandbox.rest import barcodes, clients, discounts, events, orders, seats
from qtickets_sandbox.rest.call import RestHandler
from qtickets_sandbox.routing import Router

REST_BASE = "/api/rest/v1"

_ROUTES: tuple[tuple[str, str, RestHandler], ...] = (
    ("GET", "/orders", orders.list_orders),
    ("POST", "/orders", orders.post_order),
    ("GET", "/orders/{id}", orders.get_order),
    ("DELETE", "/orders/{id}/baskets", orders.delete_baskets),
    ("POST", "/orders/{id}/restore", orders.post_restore),
    ("PUT", "/baskets/{id}", orders.put_basket),
    ("GET", "/clients", clients.list_clients),
    ("POST", "/clients", clients.post_client),
    ("GET", "/clients/{id}", clients.get_client),
    ("GET", "/events", events.list_events),
    ("POST", "/events", events.post_event),
    ("GET", "/events/{id}", events.get_event),
    ("PUT", "/events/{id}", events.put_event),
    ("GET", "/shows/{id}/seats", seats.get_seats),
    ("GET", "/shows/{id}/barcodes", barcodes.list_barcodes),
    ("POST", "/shows/{id}/barcodes", barcodes.scan_barcodes),
    ("GET", "/shows/{id}/barcode/{barcode}", barcodes.get_barcode),
    ("POST", "/shows/{id}/barcode/{barcode}", barcodes.scan_barcode),
    ("GET", "/color-themes", discounts.list_color_themes),
    ("GET", "/discounts", discounts.list_discounts),
    ("GET", "/discounts/{id}", discounts.get_discount),
    ("GET", "/promo-codes", discounts.list_promo_codes),
    ("POST", "/promo-codes", discounts.post_promo_code),
    ("PUT", "/promo-codes/{id}", discounts.put_promo_code),
)

REST_ROUTER: Router[RestHandler] = Router(REST_BASE, _ROUTES)
