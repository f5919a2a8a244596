"""What can go wrong between us and ClickHouse; the phase turns both into the outcome `errored`."""


class WarehouseUnavailable(Exception):
    """No usable connection. The message says why in words and holds no password."""


class WarehouseQueryError(Exception):
    """The server refused or gave up one query; the message is the server's own."""
