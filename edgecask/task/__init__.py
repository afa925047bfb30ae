"""What a network is for: how its outputs look, what labels it learns from, and what is measured of it."""
