"""The programs of examples/, at work."""
