"""The tests mirror `src/runnel`; `house` holds the rules that span the whole project."""
