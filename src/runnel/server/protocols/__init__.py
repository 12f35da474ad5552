"""Other people's protocols for a page that talks to an agent, each a view of the same runs."""
