"""From pictures to a checkpoint."""
