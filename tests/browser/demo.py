"""The demo as a process of its own, and what its page shows."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.contract.cells import HOST, claimed_port

ROOT = Path(__file__).parents[2]
FRAMEWORKS = ("quart", "fastapi")

_STOP_SECONDS = 10


class Demo:
    """`python -m shared`; its journal and its ports outlive a restart."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal.db"
        self._ports = [claimed_port() for _ in FRAMEWORKS]
        self._process: subprocess.Popen[str] | None = None

    @property
    def urls(self) -> list[str]:
        """The base URL of the Quart app, and that of the FastAPI app."""
        return [f"http://{HOST}:{port}" for port in self._ports]

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start, and wait until it says that it is there to be opened."""
        command = [sys.executable, "-m", "shared"]
        for framework, port in zip(FRAMEWORKS, self._ports, strict=True):
            command += [f"--{framework}-port", str(port)]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TANDEM_")}
        own = {
            "TANDEM_JOURNAL": f"sqlite:///{self.journal}",
            "TANDEM_LOG_LEVEL": "warning",
            # The stand-in reads its gazetteer at the first question.
            "TANDEM_WEATHER_DEADLINE_SECONDS": "30",
        }
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=inherited | own, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "Open either in a browser" in line:
                return
        raise AssertionError(f"The demo ended with {self._process.wait()}: {said}")

    def stop(self) -> None:
        """End it as Ctrl-C does, if it still runs."""
        if self._process is not None:
            with self._process as process:
                process.send_signal(signal.SIGINT)
                assert process.wait(_STOP_SECONDS) == 0
            self._process = None

    def kill(self) -> None:
        """End it at once, with no time to tidy up (SIGKILL)."""
        assert self._process
        with self._process as process:
            process.kill()
        self._process = None


class Column:
    """A column of the page, and the room that it shows."""

    def __init__(self, page: Page, framework: str) -> None:
        self.page = page
        self.root = page.locator(f".column[data-framework={framework}]")
        self.room = self.root.locator(".room:not([hidden])")

    def part(self, name: str) -> Locator:
        """The element of the shown room that is marked with `data-part`."""
        return self.room.locator(f"[data-part={name}]")

    @property
    def texts(self) -> Locator:
        """The texts of the messages, those that the server has acknowledged."""
        return self.room.locator(".message:not(.pending) .text")

    @property
    def pending(self) -> Locator:
        """The texts of one's own messages that it has not."""
        return self.part("pending").locator(".text")

    @property
    def field(self) -> Locator:
        """Where a message is written."""
        return self.room.get_by_label("Message", exact=True)

    def tab(self, room: str) -> Locator:
        """The button that shows a room which was joined."""
        return self.root.get_by_label("Rooms").get_by_role("button", name=room)

    def button(self, name: str) -> Locator:
        """A button of the column, by what it says."""
        return self.root.get_by_role("button", name=name, exact=True)

    async def connected(self) -> None:
        """Wait until it is connected."""
        await self.room.locator("[data-state=connected]").wait_for()

    async def waiting(self) -> None:
        """Wait until it knows that it is not."""
        await self.room.locator("[data-state=waiting]").wait_for()

    async def send(self, text: str) -> None:
        """Write a message and send it, by keyboard."""
        await self.field.fill(text)
        await self.field.press("Enter")

    async def send_at_once(self, texts: list[str]) -> None:
        """Send messages faster than anybody types."""
        await self.part("composer").evaluate(
            """(form, texts) => {
                for (const text of texts) {
                    form.elements.text.value = text;
                    form.requestSubmit();
                }
            }""",
            texts,
        )

    async def rename(self, name: str) -> None:
        """Go by another name."""
        field = self.root.get_by_label("Name", exact=True)
        await field.fill(name)
        await field.press("Enter")

    async def join(self, room: str, *, name: str | None = None) -> None:
        """Enter a room, under a name."""
        await self.connected()
        if name is not None:
            await self.rename(name)
        await self.root.get_by_label("Room to join").fill(room)
        await self.button("Join").click()
        await self.connected()

    async def is_at_end(self) -> bool:
        """Whether the newest message is in view."""
        answer: bool = await self.part("log").evaluate(
            "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
        )
        return answer


@dataclass(frozen=True)
class Tab:
    """The page, with both columns connected."""

    page: Page
    quart: Column
    fastapi: Column

    @classmethod
    async def open(cls, context: BrowserContext, url: str) -> Self:
        """Open the page that is at `url`."""
        page = await context.new_page()
        await page.goto(url)
        tab = cls(page, Column(page, "quart"), Column(page, "fastapi"))
        await tab.quart.connected()
        await tab.fastapi.connected()
        return tab

    @property
    def columns(self) -> tuple[Column, Column]:
        """Both columns."""
        return self.quart, self.fastapi

    async def join(self, room: str) -> None:
        """Enter a room with both columns, as Ada and Blaise."""
        await self.quart.join(room, name="Ada")
        await self.fastapi.join(room, name="Blaise")
        for column in self.columns:
            await expect(column.part("presence")).to_contain_text("2 here")

    async def ask_weather(self, cities: str) -> Locator:
        """Ask for the weather of cities; their cards."""
        panel = self.page.locator("#weather")
        await panel.get_by_label("Cities").fill(cities)
        await panel.get_by_role("button", name="Show").click()
        return panel.locator(".city")
