"""Shapes that are said, inferred and matched. Knows formulas and shapes; no numbers and no looks."""
