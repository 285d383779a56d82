"""The site: what it is made from, and what comes out."""
