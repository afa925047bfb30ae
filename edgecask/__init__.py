"""From a checkpoint to a model that a microcontroller board really runs."""
