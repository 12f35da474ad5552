"""`Runnel` over a server."""
