"""What is said of the two frameworks, and the evidence: `make claims`."""
