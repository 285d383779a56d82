"""The chapters of the ledger, in the order in which they are read."""
