"""From a checkpoint to a model that a microcontroller board really runs."""

__version__ = "0.2.0"
