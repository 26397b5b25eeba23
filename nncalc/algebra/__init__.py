"""Algebra: formulas brought to a normal form, and written back the way a person would.

Each module knows those before it: `terms` what a normal form is made of; `core` sums, their signs
and transposes; `powers` what commutes; `meeting` and `chains` products of matrices; `arithmetic`,
`matrices` and `numbers` a rule an operation; `normal` the algebra that has them all. `cost`,
`quotients`, `turning` and `writing` are the way back to a formula, `factoring` what may be taken
out of a sum, `simplest` the choice among candidates. Knows formulas and shapes, whose sizes may
be letters; no values.
"""
