"""The count of what was carried to its end, printed after a run with `-m delivered`."""

from __future__ import annotations

import pytest

ENDED, REFUSED = "delivered", "refused by name"
"""Names of a test's properties: what it delivered, and what was refused with a named sentence."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for what arrived, one for each named refusal."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if report.when == "call"
    ]
    told = [(key, value) for report in reports for key, value in report.user_properties]
    ended = [str(value).split("+") for key, value in told if key == ENDED]
    if not ended:
        return
    terminalreporter.section("delivered")
    copies = sum(len(files) - 1 for files in ended)
    terminalreporter.line(f"{len(ended)} full portraits and {copies} copies of them arrived as promised.")
    refused = [value for key, value in told if key == REFUSED]
    terminalreporter.line(f"{len(refused)} were refused by name.")
    for value in refused:
        terminalreporter.line(f"  {value}")
