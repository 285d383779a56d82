"""What ends a command with a sentence."""


class UseError(Exception):
    """A command cannot do what it was asked; the text says why and what to do."""
