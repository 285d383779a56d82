"""The load generator: lean raw protocols that check what they count."""
