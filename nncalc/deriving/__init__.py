"""Matrix calculus, step by step: derivations as facts, what they come to, how they are checked."""
