"""The cities in which the events of the twin take place."""

from qtickets_sandbox.model.venue import City

MOSCOW_CITY = City(2, "Москва", "Europe/Moscow", (55.7558, 37.6176))
CITIES = (
    MOSCOW_CITY,
    City(5, "Красноярск", "Asia/Krasnoyarsk", (56.0153, 92.8932)),
    City(7, "Новосибирск", "Asia/Novosibirsk", (55.0302, 82.9204)),
)
