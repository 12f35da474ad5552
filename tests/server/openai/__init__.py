"""OpenAI's wire format."""
