"""Programs that measure Runnel. Each prints what it compares in one run, as ratios, and asserts nothing."""
