"""Numbers enter here: one machine a kind of number, rounding, independent derivatives. Knows no rules and no looks."""
