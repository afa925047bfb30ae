"""What each firmware family wants beside the model, and how its boards are flashed."""
