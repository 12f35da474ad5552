"""The web page, used in a real browser against a real server."""
