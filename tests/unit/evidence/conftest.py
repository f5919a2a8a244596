"""Settings of the property tests."""

from hypothesis import settings

# Speed is never asserted: a slow machine must not fail a test.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
