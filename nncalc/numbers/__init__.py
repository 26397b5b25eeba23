"""Numbers enter here: a machine for each kind, rounding, independent derivatives. No derivative rules, no looks."""
