"""Streams over HTTP: what readers are sent, and how many are served at once."""
