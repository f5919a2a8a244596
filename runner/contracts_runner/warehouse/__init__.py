"""The warehouse phase: proves that ClickHouse holds what the API returned (docs/design.md, Warehouse contract).

The only package that imports clickhouse_connect, and only when a connection is made: importing this one is cheap.
"""
