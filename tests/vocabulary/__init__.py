"""The vocabulary: its codec, and the folds over it."""
