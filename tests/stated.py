"""What everybody ticks who sends a photograph."""

from playwright.sync_api import Page

from studio.age import STATEMENTS, VERSION

STATED = {"statement": VERSION}
"""In a form that a test sends without a browser."""


def tick(page: Page) -> None:
    page.get_by_label(STATEMENTS[VERSION]).check()
