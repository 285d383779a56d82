"""Load generators: lean clients that check what they count."""
