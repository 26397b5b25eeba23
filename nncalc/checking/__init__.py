"""Checks: gradients against an independent method. Knows models and calculations; not how a page looks."""
