"""Users, their tokens, passwords and sessions."""
