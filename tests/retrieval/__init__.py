"""Documents in, sources out."""
