"""Speed: `python -m benchmarks [NAME…]`. Figures of one run are compared with each other, never with a clock."""
