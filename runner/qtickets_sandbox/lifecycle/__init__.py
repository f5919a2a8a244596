"""What may happen to orders and tickets over time; knows nothing of HTTP."""


class RuleBroken(Exception):
    """A change that the lifecycle does not allow; the message says which rule."""
