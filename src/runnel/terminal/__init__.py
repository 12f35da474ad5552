"""The terminal as a surface: Markdown as it streams, and the conversation."""
