"""From clause to code: the lines that each clause of the contract needs."""
