"""Exercises: pages with boxes to fill in, and numbers that are good to work with. Knows calculations; not looks."""
