"""The database: its writer, its readers, its migrations and signals."""
