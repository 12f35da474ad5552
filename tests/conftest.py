"""Settings of all tests."""

import os

from hypothesis import HealthCheck, settings

# Machines are noisy: no test may fail because it took long. Under CI a change is judged, by the same examples each
# time; new ones are looked for elsewhere, where the one that fails is kept and tried first from then on.
settings.register_profile(
    "runnel", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("runnel")
