"""Targets and submissions are named in the log by their ids, and by nothing else."""

from bot.domain.submissions import SubmissionRef, Target


def test_a_submission_is_named_with_its_app_and_its_flight() -> None:
    app, flight = (
        Target("main", "9NMAIL000001"),
        Target("main", "9NMAIL000001", "7bfc11d5"),
    )

    assert str(SubmissionRef(app, "1152")) == "9NMAIL000001 submission 1152"
    assert str(SubmissionRef(flight, "1153")) == (
        "9NMAIL000001 flight 7bfc11d5 submission 1153"
    )
