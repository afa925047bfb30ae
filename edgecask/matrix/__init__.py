"""Many builds at once: checkpoints × targets × sizes × options, on this machine or on a Dask cluster."""
