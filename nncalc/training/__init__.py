"""Training: what an optimizer makes of gradients, a line each, and many steps of it."""
