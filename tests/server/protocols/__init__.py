"""Other people's protocols, with their own clients."""
