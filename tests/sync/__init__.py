"""`runnel.sync`: the same objects, blocking."""
