"""Running a server: the process, its health, what it says of itself."""
