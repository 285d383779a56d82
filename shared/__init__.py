"""The core of Tandem: every decision both apps share, and no web framework."""
