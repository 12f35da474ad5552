"""What an answer costs the browser that shows it."""
