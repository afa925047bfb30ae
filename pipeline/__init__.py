"""edgecask: from a YOLOv8-pose checkpoint to a model that a microcontroller board really runs."""
