"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# Machines are noisy: no test may fail because it took long.
settings.register_profile("runnel", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("runnel")
