"""Programs that run inside an environment of docker/, one folder each. Nothing here knows edgecask/."""
