"""Where stages run: containers or virtual environments, behind one small protocol."""
