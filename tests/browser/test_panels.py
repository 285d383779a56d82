"""The weather of several cities, and the round trips of both apps."""

import re

import pytest
from playwright.async_api import BrowserContext, Route, expect

from shared.weather import report
from tests.browser.conftest import Visit
from tests.browser.demo import Demo, Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

_A_LINE = re.compile("^M.+L")
_A_GAP = re.compile("^M.+M")


async def test_the_weather_of_several_cities_is_shown(tab: Tab) -> None:
    """In the order asked, with one that there is not in words."""
    cards = await tab.ask_weather("kyoto, Nowhere at all, São Paulo")
    await expect(cards.get_by_role("heading")).to_have_text(
        ["Kyoto, JP", "Nowhere at all", "São Paulo, BR"]
    )
    for card in (cards.first, cards.last):
        await expect(card.locator(".temperature")).to_contain_text("°C")
        await expect(card.locator(".condition")).not_to_be_empty()
        await expect(card.locator(".icon use")).not_to_have_count(0)
        await expect(card.get_by_role("definition")).to_have_count(5)
    await expect(cards.nth(1)).to_contain_text("No such city")
    panel = tab.page.locator("#weather")
    await expect(panel).to_contain_text("stand-in")
    await expect(panel.get_by_role("status")).to_contain_text("Quart answered in")
    await expect(panel.get_by_role("status")).to_contain_text("FastAPI answered in")


async def test_bad_questions_are_answered_in_words(tab: Tab) -> None:
    """Those that the page knows to be bad, and those that the apps refuse."""
    for cities, words in ((" , ", "Name a city"), (",".join("x" * 21), "20 cities")):
        await tab.ask_weather(cities)
        complaint = await tab.page.evaluate("document.activeElement.validationMessage")
        assert words in complaint


async def test_what_an_app_refuses_is_told_in_words(visit: Visit, demo: Demo) -> None:
    """By each of them, with what is wrong and where."""
    async with visit(server_fails=True) as context:
        tab = await Tab.open(context, demo.urls[0])
        cards = await tab.ask_weather("x" * 101)
        notice = tab.page.locator("[data-part=weather-notice]")
        for name in ("Quart", "FastAPI"):
            await expect(notice).to_contain_text(f"{name}: query.city")
        await expect(notice).to_contain_text("100 characters")
        await expect(cards).to_have_count(0)


async def test_one_app_stands_in_for_another_that_fails(
    visit: Visit, demo: Demo
) -> None:
    """The reports are shown, and which app could not be reached."""
    async with visit(server_fails=True) as context:
        page = await context.new_page()

        async def fail(route: Route) -> None:
            await route.abort()

        await page.route(f"{demo.urls[0]}/weather?*", fail)
        await page.goto(demo.urls[1])
        await expect(page.locator(".city")).to_have_count(5)
        await expect(page.locator("[data-part=weather-notice]")).to_have_text(
            "Quart: The app cannot be reached."
        )


async def test_every_weather_code_has_its_picture(tab: Tab) -> None:
    """By day and by night; all parts of all pictures are there."""
    drawn: dict[str, list[str]] = await tab.page.evaluate(
        """async codes => {
            const { drawIcon } = await import("/static/weather/icon.js");
            const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
            return Object.fromEntries(codes.flatMap(code =>
                [true, false].map(isDay => {
                    drawIcon(svg, code, isDay);
                    const uses = [...svg.children];
                    const parts = uses.map(use => use.getAttribute("href"));
                    return [`${code} ${isDay}`, parts];
                })));
        }""",
        [*report._TEXTS, None],
    )
    unknown = drawn["null true"]
    for name, parts in drawn.items():
        assert parts
        for part in parts:
            await expect(tab.page.locator(part)).to_have_count(1)
        if not name.startswith("null"):
            assert parts != unknown, name
    assert drawn["0 true"] != drawn["0 false"]
    assert drawn["61 true"] == drawn["61 false"]


async def test_round_trips_are_plotted_and_told(
    context: BrowserContext, demo: Demo
) -> None:
    """A line of requests and a mark for each message, per app, and the same as text."""
    tab = await Tab.open(context, demo.urls[0])
    await tab.join("times")
    rows = tab.page.locator("#times tbody tr")
    for column, name, row in zip(
        tab.columns, ("Quart", "FastAPI"), (rows.first, rows.last), strict=True
    ):
        series = tab.page.locator(f".plot [data-framework={name.lower()}]")
        await expect(row.get_by_role("rowheader")).to_have_text(name)
        await expect(series.locator(".line")).to_have_attribute("d", _A_LINE)
        await expect(series.locator(".dot")).to_have_count(0)
        await column.send("How long?")
        await expect(column.room.locator(".took")).to_contain_text("ms")
        await expect(series.locator(".dot")).to_have_count(1)
        for cell in await row.get_by_role("cell").all():
            await expect(cell).to_contain_text("ms")


async def test_round_trips_of_an_app_that_is_away_leave_a_gap(
    visit: Visit, demo: Demo
) -> None:
    """What was not answered has no time, and the other app's go on."""
    async with visit(server_fails=True) as context:
        tab = await Tab.open(context, demo.urls[0])
        quart = tab.page.locator(".plot [data-framework=quart] .line")
        await expect(quart).to_have_attribute("d", _A_LINE)

        async def fail(route: Route) -> None:
            await route.abort()

        await tab.page.route(f"{demo.urls[0]}/healthz", fail)
        async with tab.page.expect_event("requestfailed"):
            pass
        await tab.page.unroute(f"{demo.urls[0]}/healthz", fail)
        await expect(quart).to_have_attribute("d", _A_GAP)


async def test_numbers_of_round_trips(tab: Tab) -> None:
    """Medians, the window of a minute, and a scale of round values around them all."""
    found = await tab.page.evaluate(
        """async () => {
            const { RoundTrips } = await import("/static/times/round-trips.js");
            const { ticksFor } = await import("/static/times/scale.js");
            const times = new RoundTrips();
            const none = times.summary("request", 0);
            times.add("request", 900, 0);
            for (const took of [5, null, 1, 3]) {
                times.add("request", took, 60_000);
            }
            const even = new RoundTrips();
            even.add("message", 1, 0);
            even.add("message", 2, 0);
            return {
                none,
                odd: times.summary("request", 60_000),
                even: even.summary("message", 0),
                ticks: [[], [0.7, 3], [12, 140]].map(ticksFor),
            };
        }"""
    )
    assert found == {
        "none": {"count": 0, "last": None, "median": None},
        "odd": {"count": 3, "last": 3, "median": 3},
        "even": {"count": 2, "last": 2, "median": 1.5},
        "ticks": [
            [1, 2, 5, 10],
            [0.5, 1, 2, 5, 10],
            [1, 2, 5, 10, 20, 50, 100, 200],
        ],
    }


async def test_the_labels_of_slow_round_trips_fit(tab: Tab) -> None:
    """Seconds are told as such, and no label begins left of the plot."""
    found = await tab.page.evaluate(
        """async () => {
            const { RoundTrips } = await import("/static/times/round-trips.js");
            const { drawPlot } = await import("/static/times/plot.js");
            const times = new RoundTrips();
            times.add("request", 40_000, 0);
            const plot = document.querySelector("#times svg").cloneNode();
            document.querySelector("#times").append(plot);
            drawPlot(plot, [{ times, framework: "quart" }], 0);
            const found = [...plot.querySelectorAll(".tick")].map(
                (tick) => [tick.textContent, tick.getBBox().x >= 0]);
            plot.remove();
            return found;
        }"""
    )
    labels = ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "1 minute ago", "now"]
    assert found == [[label, True] for label in labels]
