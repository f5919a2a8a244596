"""Serving the application that an environment names, on loopback: the only place that imports cheroot."""
