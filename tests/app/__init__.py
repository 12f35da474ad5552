"""The one object that everything is asked of."""
