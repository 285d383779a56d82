"""The tests: the contract, the core, and the house itself."""
