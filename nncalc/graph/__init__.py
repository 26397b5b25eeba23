"""Formula to graph to graph: shapes, the scalar form, derivatives. Knows rules; no numbers, no NumPy, no files."""
