"""The measurement on a portrait's page: the lock and the skin first, the detector's reading beside them."""

from typing import Any

from render.facts import likeness

REPORT: dict[str, Any] = {
    "registration": {"p95": 0.00042, "limit_p95": 0.0015},
    "asymmetry": {"gain": 1.004, "direction": 0.998, "landmarks": 0.97},
    "likeness": {"gain": 0.61, "direction": 0.8},
}


def test_the_asymmetry_is_the_skins_and_the_detectors_reading_stands_last() -> None:
    rows = likeness(REPORT)
    assert [row.value for row in rows] == [
        "within 0.04 % of the distance between your pupils",
        "1.00 times",
        "1.00",
        "0.61 times",
    ]
    assert rows[1].how.startswith("97 % of your landmarks")


def test_where_too_little_skin_was_seen_or_the_report_is_older_nothing_is_made_up() -> None:
    older = {name: part for name, part in REPORT.items() if name != "asymmetry"}
    for report in (older, REPORT | {"asymmetry": None}):
        assert [row.value for row in likeness(report)] == [likeness(REPORT)[0].value, "0.61 times"]


def test_of_a_turned_head_nothing_is_said_that_the_angle_decides() -> None:
    def seen_at(yaw: float) -> list[str]:
        return [row.value for row in likeness(REPORT | {"selfie": {"pose": {"yaw": yaw}}})]

    assert seen_at(-31.0) == [likeness(REPORT)[0].value, "not measurable at this angle"]
    assert seen_at(19.0) == [row.value for row in likeness(REPORT)]
