"""A stateful twin of the QTickets API for tests, and a small loader that brings its data into ClickHouse."""
