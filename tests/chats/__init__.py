"""Chats: asking, going on, branching."""
