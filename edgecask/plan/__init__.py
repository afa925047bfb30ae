"""From a target to the stages of a build."""
