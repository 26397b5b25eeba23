"""Algebra: formulas brought to a normal form, and written back the way a person would.

`normal` holds the normal form of sums and products, `functions` what each operation does
to it, `factoring` what may be taken out of a sum, `writing` the way back to a formula,
`simplest` the choice among candidates. Knows formulas and shapes, whose sizes may be
letters; no values.
"""
