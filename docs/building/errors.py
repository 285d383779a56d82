"""What can be wrong with the pages."""


class SiteError(Exception):
    """The site cannot be built; the text says why and what to do."""
