"""Models of other programs: their files, as specs."""
