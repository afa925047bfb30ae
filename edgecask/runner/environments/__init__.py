"""What the folders of docker/ pin, and the wheels for it."""
