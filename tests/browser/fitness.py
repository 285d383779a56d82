"""What a page must be for everybody, whatever is on it."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_TRANSITIONS = """() => Promise.allSettled(document.getAnimations()
    .filter((each) => each instanceof CSSTransition).map((each) => each.finished))"""


async def check_axe(page: Page, *rules: str) -> None:
    """See that axe finds nothing, and that it could apply at least these rules."""
    # A colour on its way from one to another is neither.
    await page.evaluate(_TRANSITIONS)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert set(rules) <= {rule["id"] for rule in found.response["passes"]}


async def check_width(page: Page) -> None:
    """See that nothing is wider than the window."""
    wider = await page.evaluate(
        "document.documentElement.scrollWidth - window.innerWidth"
    )
    assert wider <= 0, f"it is {wider} px too wide"
