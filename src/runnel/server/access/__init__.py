"""Who may call: the gate that every request goes through, and what it asks."""
