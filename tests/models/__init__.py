"""Models: what turns a prompt into deltas."""
