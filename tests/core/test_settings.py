"""The settings: read from the environment, checked, and refused in one sentence."""

from pathlib import Path

import platformdirs
import pytest
from pydantic import ValidationError

from shared.errors import StartError
from shared.journal_url import is_redis, sqlite_path, without_password
from shared.settings import Settings

DIGITS = "9" * 30
JOURNALS = "use memory://, sqlite:///path/to/file.db or redis://host:6379/0"


def test_there_is_a_default_for_everything() -> None:
    """A newcomer sets nothing."""
    settings = Settings.load()
    data = platformdirs.user_data_path("tandem") / "journal.db"
    assert settings.journal == f"sqlite:///{data}"
    assert sqlite_path(settings.journal) == data
    assert settings.weather_source == "stand-in"
    assert settings.origins == settings.columns == ()


def test_every_setting_is_described() -> None:
    """The README's table is made of it."""
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the prefix, in upper case."""
    monkeypatch.setenv("TANDEM_JOURNAL", "sqlite:////var/lib/j.db")
    monkeypatch.setenv("TANDEM_CHAT_STALL_SECONDS", "2.5")
    monkeypatch.setenv("TANDEM_MESSAGE_BURST", "200")
    monkeypatch.setenv("MESSAGES_PER_SECOND", "7")
    settings = Settings.load()
    assert settings.journal == "sqlite:////var/lib/j.db"
    assert settings.chat_stall_seconds == 2.5
    assert settings.message_burst == 200
    assert settings.messages_per_second == 20


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ()),
        (" , ", ()),
        ("https://a.example", ("https://a.example",)),
        (
            " https://a.example/ ,http://b.example:8080,",
            ("https://a.example", "http://b.example:8080"),
        ),
    ],
)
@pytest.mark.parametrize("name", ["origins", "columns"])
def test_lists_are_separated_by_commas(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: tuple[str, ...]
) -> None:
    """Spaces, empty parts and slashes at the end do not matter."""
    monkeypatch.setenv(f"TANDEM_{name.upper()}", value)
    assert getattr(Settings.load(), name) == expected


def test_what_is_passed_goes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The demo has columns of its own; lists are passed as they are."""
    monkeypatch.setenv("TANDEM_COLUMNS", "https://a.example")
    assert Settings.load(columns=("http://b.example",)).columns == ("http://b.example",)


def test_settings_do_not_change() -> None:
    """What was checked at the start is what holds."""
    settings = Settings.load()
    with pytest.raises(ValidationError):
        settings.message_burst = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("JOURNAL", "", JOURNALS),
        ("JOURNAL", "journal.db", JOURNALS),
        ("JOURNAL", "sqlite:///", JOURNALS),
        ("JOURNAL", "memory://x", JOURNALS),
        ("JOURNAL", "redis://", JOURNALS),
        ("JOURNAL", "redis:///0", JOURNALS),
        ("WEATHER_SOURCE", "moon", "input should be 'stand-in' or 'open-meteo'"),
        ("WEATHER_SOURCE", "", "input should be 'stand-in' or 'open-meteo'"),
        (
            "GEOCODING_URL",
            "ftp://a.example",
            "use a URL that begins with http:// or https://",
        ),
        ("FORECAST_URL", "", "use a URL that begins with http:// or https://"),
        (
            "LOG_LEVEL",
            "loud",
            "input should be 'debug', 'info', 'warning' or 'error'",
        ),
        ("BODY_MAX_BYTES", "0", "input should be greater than or equal to 1"),
        (
            "BODY_MAX_BYTES",
            "64k",
            "input should be a valid integer, unable to parse string as an integer",
        ),
        (
            "CHAT_RING_MESSAGES",
            "1.5",
            "input should be a valid integer, unable to parse string as an integer",
        ),
        (
            "CHAT_HISTORY_MESSAGES",
            "-1",
            "input should be greater than or equal to 0",
        ),
        ("CHAT_STALL_SECONDS", "0", "input should be greater than 0"),
        ("CHAT_DRAIN_SECONDS", "nan", "input should be a finite number"),
        ("JOURNAL_TIMEOUT_SECONDS", "inf", "input should be a finite number"),
        (
            "MESSAGES_PER_SECOND",
            "many",
            "input should be a valid number, unable to parse string as a number",
        ),
        ("MESSAGES_PER_SECOND", "-1", "input should be greater than 0"),
        ("MESSAGES_PER_SECOND", "0", "input should be greater than 0"),
    ],
)
def test_a_bad_value_ends_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    """It names the variable, what it holds, and what it should hold."""
    monkeypatch.setenv(f"TANDEM_{name}", value)
    with pytest.raises(StartError) as caught:
        Settings.load()
    assert str(caught.value) == f"TANDEM_{name}={value!r} cannot be used: {reason}."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORIGINS", "example.org"),
        ("ORIGINS", "*"),
        ("ORIGINS", "https://a.example,https://b.example/path"),
        ("COLUMNS", "localhost:8001"),
        ("COLUMNS", "http://localhost:8001; script-src *"),
        ("GEOCODING_URL", "http://"),
        ("FORECAST_URL", "https://[/"),
        ("CHAT_STALL_SECONDS", "1e12"),
        ("JOURNAL_TIMEOUT_SECONDS", "1e300"),
        ("CHAT_RING_MESSAGES", DIGITS),
        ("CHAT_RETENTION_MESSAGES", DIGITS),
    ],
)
def test_a_value_that_could_never_work_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Now, and not in the first client's face."""
    monkeypatch.setenv(f"TANDEM_{name}", value)
    with pytest.raises(StartError, match=f"TANDEM_{name}="):
        Settings.load()


def test_every_bad_value_has_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has two to mend is told of both at once."""
    monkeypatch.setenv("TANDEM_MESSAGE_BURST", "0")
    monkeypatch.setenv("TANDEM_LOG_LEVEL", "loud")
    with pytest.raises(StartError) as caught:
        Settings.load()
    sentences = str(caught.value).split(". ")
    assert [sentence.partition("=")[0] for sentence in sentences] == [
        "TANDEM_LOG_LEVEL",
        "TANDEM_MESSAGE_BURST",
    ]


@pytest.mark.parametrize(
    ("journal", "path"),
    [
        ("sqlite:///chat.db", Path("chat.db")),
        ("sqlite:////var/lib/chat.db", Path("/var/lib/chat.db")),
        ("sqlite:///a b/ä.db", Path("a b/ä.db")),
        ("sqlite:///", None),
        ("sqlite://chat.db", None),
        ("memory://", None),
        ("redis:///chat.db", None),
    ],
)
def test_the_file_of_a_sqlite_journal(journal: str, path: Path | None) -> None:
    """After three slashes; a fourth makes it absolute."""
    assert sqlite_path(journal) == path


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:secret@host/0", "redis://***@host/0"),
        ("rediss://ann:p@ss@host", "rediss://***@host"),
        ("sqlite:///home/ann@work.db", "sqlite:///home/ann@work.db"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    """Neither in a log nor in an error."""
    assert without_password(url) == shown


def test_a_bad_url_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable all the same."""
    monkeypatch.setenv("TANDEM_JOURNAL", "redi://:secret@host")
    with pytest.raises(StartError, match=r"TANDEM_JOURNAL='redi://\*\*\*@host'"):
        Settings.load()


@pytest.mark.parametrize(
    ("journal", "shared"),
    [
        ("redis://host", True),
        ("rediss://:secret@host:6380/1", True),
        ("memory://", False),
        ("sqlite:///redis://host", False),
    ],
)
def test_which_journals_processes_share(journal: str, *, shared: bool) -> None:
    """Those in a Redis."""
    assert is_redis(journal) is shared
    Settings(journal=journal)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "s" * 31,
        "ä" * 15,
        "\udcff" * 40,
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ\n-----END PUBLIC KEY-----",
    ],
)
def test_a_bad_secret_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """Neither in the sentence nor in what it came from."""
    monkeypatch.setenv("TANDEM_TOKEN_SECRET", secret)
    with pytest.raises(StartError) as caught:
        Settings.load()
    assert str(caught.value) == (
        "TANDEM_TOKEN_SECRET cannot be used: use at least 32 bytes, such as"
        " `openssl rand -hex 32` makes them, and no key of another kind."
    )
    cause = f"{caught.value.__cause__}{caught.value.__cause__!r}"
    assert not secret or secret not in cause


@pytest.mark.parametrize("secret", ["s" * 32, "ä" * 16, "{" * 40])
def test_a_secret_does_not_show(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Whoever prints the settings prints stars."""
    monkeypatch.setenv("TANDEM_TOKEN_SECRET", secret)
    settings = Settings.load()
    assert secret not in f"{settings} {settings!r} {settings.model_dump()}"
    assert secret not in settings.model_dump_json()
    assert settings.token_secret is not None
    assert settings.token_secret.get_secret_value() == secret


def test_proxies_are_addresses_or_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of either version of IP."""
    monkeypatch.setenv("TANDEM_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1")
    assert Settings.load().trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8", "::1/128")
    for bad in ("proxy.example", "10.0.0.1/8", "*", "127.0.0.1:80"):
        monkeypatch.setenv("TANDEM_TRUSTED_PROXIES", bad)
        with pytest.raises(StartError, match="use addresses or networks such as"):
            Settings.load()
