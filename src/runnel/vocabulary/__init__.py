"""Floor 0: what everything is said in. Values, events, the prompt, and the pure folds over them; nothing here knows of
storage, models, tasks or wires other than JSON."""
