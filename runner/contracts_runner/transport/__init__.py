"""HTTP: the only place that imports requests."""
