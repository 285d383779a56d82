"""The page and the API reference in a real Chromium, against the demo."""
