"""What a run promises."""
