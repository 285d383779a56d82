"""All lessons, in the order of the concepts that they belong to."""

from tests.lessons import (
    app_not_started,
    client_per_request,
    closed_early,
    errors_that_slip_by,
    last_words,
    lingering_sender,
    silent_start,
    slow_reader,
    text_in_a_path,
    two_workers,
)

LESSONS = {
    module.LESSON.name: module.LESSON
    for module in (
        silent_start,
        client_per_request,
        text_in_a_path,
        errors_that_slip_by,
        closed_early,
        lingering_sender,
        last_words,
        slow_reader,
        two_workers,
        app_not_started,
    )
}
"""By name."""
