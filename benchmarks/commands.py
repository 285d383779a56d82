"""What the command can be asked for."""

import argparse
import random
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from benchmarks import compare as comparing
from benchmarks import page, plan, publishing, running, table
from benchmarks import validate as validating
from benchmarks.analysis import Analysis
from benchmarks.case import CAPACITY, Case
from benchmarks.errors import UseError
from benchmarks.results import Mode, Results, Settings, write
from benchmarks.statistics import MIN_ROUNDS

_SECONDS = 0.25
_LONGEST = 60
_INTERRUPTED = 130


def at_least(least: int) -> Callable[[str], int]:
    """The type of an option that is a whole number."""

    def parse(text: str) -> int:
        if text.isdecimal() and int(text) >= least:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"{text!r} is not one: use a whole number from {least} up"
        )

    return parse


def seconds(text: str) -> float:
    """The type of an option that is a duration."""
    try:
        found = float(text)
    except ValueError:
        found = 0
    if 0.05 <= found <= _LONGEST:
        return found
    raise argparse.ArgumentTypeError(
        f"{text!r} is no duration: use seconds from 0.05 to {_LONGEST}"
    )


def measure(args: argparse.Namespace) -> int:
    """Run the benchmarks, or the rest of a run."""
    mode: Mode = "quick" if args.quick else "full"
    results, path = _begin(args, mode)
    cases = _chosen(results.settings)
    ended = running.run(results, path, cases)
    if ended:
        results.finish()
        results.save(path)
    told = _report(results, path)
    if not ended:
        return _stopped(f"--resume {path}")
    return told


def validate(args: argparse.Namespace) -> int:
    """Prove the method; 0 if it holds."""
    results, path = _begin(args, "validate")
    ended = running.run(results, path, validating.alike())
    if ended:
        more = validating.burns(results)
        ended = running.run(results, path, validating.planted(), more)
    if ended:
        results.finish()
        results.save(path)
    judged = validating.judge(results)
    print("\n".join(judged.told()))
    print(f"The rounds: {path}")
    if not ended:
        return _stopped(f"validate --resume {path}")
    return 0 if judged.passed else 1


def _stopped(go_on: str) -> int:
    print(f"Stopped; whole rounds are kept: go on with python -m benchmarks {go_on}")
    return _INTERRUPTED


def report(args: argparse.Namespace) -> int:
    """Show a run once more."""
    path = Path(args.file)
    results = Results.load(path)
    if results.settings.mode == "validate":
        print("\n".join(validating.judge(results).told()))
        return 0
    return _report(results, path)


def publish(args: argparse.Namespace) -> int:
    """Keep a run, and write what the kept ones say into the documents."""
    kept = publishing.KEPT / publishing.NAMES["full"]
    if args.file or kept.exists():  # its page is made anew, too
        publishing.keep(Path(args.file or kept))
    publishing.renew()
    return 0


def compare(args: argparse.Namespace) -> int:
    """Show what changed; 1 if anything became worse."""
    before, after = (Results.load(Path(each)) for each in (args.before, args.after))
    found = comparing.changes(before, after)
    console = Console()
    console.print(comparing.table(found))
    if warning := comparing.machines(before, after):
        console.print(warning)
    console.print(comparing.summary(found))
    return 1 if any(each.word == "worse" for each in found) else 0


def _begin(args: argparse.Namespace, mode: Mode) -> tuple[Results, Path]:
    if args.resume is None:
        settings = Settings(
            mode=mode,
            rounds=args.rounds or MIN_ROUNDS,
            seconds=args.seconds or _SECONDS,
            seed=random.randrange(1_000_000) if args.seed is None else args.seed,
            only=getattr(args, "only", []),
        )
        return running.fresh(settings)
    options = ("rounds", "seconds", "seed", "only", "quick")
    given = [getattr(args, name, None) for name in options]
    if any(each not in (None, [], False) for each in given):
        raise UseError(
            "--resume goes on as the run began: leave out --rounds, --seconds, --seed,"
            " --only and --quick."
        )
    path = Path(args.resume) if args.resume else _last(mode)
    results = Results.load(path)
    if (results.settings.mode == "validate") != (mode == "validate"):
        raise UseError(
            f"{path} is of a {results.settings.mode} run: go on with it by"
            f" `python -m benchmarks {'validate ' * (mode != 'validate')}--resume`."
        )
    running.check_same_place(results, path)
    return results, path


def _last(mode: Mode) -> Path:
    modes: tuple[Mode, ...] = ("validate",) if mode == "validate" else ("full", "quick")
    found = [path for each in modes for path in running.FOLDER.glob(f"*-{each}.json")]
    if not found:
        raise UseError("There is no run to go on with: begin one without --resume.")
    return max(found)


def _chosen(settings: Settings) -> list[Case]:
    cases = plan.PLANS[settings.mode]()
    known = {case.slug: case for case in cases}
    for each in settings.only:
        if each not in known:
            raise UseError(
                f"--only {each}: there is no such case; use one of {', '.join(known)}."
            )
    chosen = {each: known[each] for each in settings.only} or known
    for case in chosen.values():
        if case.load and CAPACITY not in chosen:
            raise UseError(
                f"--only {case.slug} needs the capacities too: add --only {CAPACITY}."
            )
    return [case for case in cases if case.slug in chosen]


def _report(results: Results, path: Path) -> int:
    if not any(each.rounds for each in results.comparisons.values()):
        print("No round is whole yet.")
        return 0
    analysis = Analysis(results)
    table.show(analysis, Console())
    html = path.with_suffix(".html")
    write(html, page.render(analysis))
    print(f"The report: {html}\nThe rounds: {path}")
    return 1 if any(row.verdict == "void" for row in analysis.rows()) else 0
