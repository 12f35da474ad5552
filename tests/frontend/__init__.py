"""The front end, as far as Python has to do with it: its types, its build, its client against a real server."""
