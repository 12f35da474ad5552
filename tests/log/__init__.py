"""The log: the contract that each one keeps, and what SQLite's promises besides."""
