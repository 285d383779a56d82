"""Proof that the contract suite bites: broken variants that it must catch."""
