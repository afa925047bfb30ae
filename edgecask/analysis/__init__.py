"""What a model costs and what it sees: accuracy, time by layer, noise, overlays."""
