"""The benchmarks' own tests: that they measure what they say, and rank no noise."""
