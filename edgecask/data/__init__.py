"""What users bring: data sets, labels, calibration pictures, weights."""
