"""The rows of chats, messages and runs."""
