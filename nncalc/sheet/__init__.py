"""A worked calculation: both passes of a model, and what its lines say. Knows nothing of how they look."""
