"""Settings of the whole suite: Hypothesis without deadlines, because speed is measured in benchmarks only."""

import os

from hypothesis import settings

settings.register_profile("thorough", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))
