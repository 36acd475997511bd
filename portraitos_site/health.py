"""Is the house well? One answer for the health page and whoever watches from outside."""

import logging
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from accounts import letters
from render.jobs import canary

log = logging.getLogger(__name__)
_migrated = False


@dataclass(frozen=True)
class Part:
    """One part of the house, and the sentence that says how it is."""

    name: str
    well: bool
    sentence: str


def parts() -> list[Part]:
    """Return every part, in the order in which they depend on each other."""
    web = Part("web", well=True, sentence="This answer.")
    try:
        database = _database()
        return [web, database, *_queues(), _letters()] if database.well else [web, database]
    except DatabaseError:
        log.exception("The health page cannot read the database.")
        return [web, Part("database", well=False, sentence="The database does not answer.")]


def _database() -> Part:
    global _migrated  # noqa: PLW0603  (once applied, migrations stay applied while this process runs)
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            sentence = f"{missing} migrations are not applied: run manage.py migrate."
            return Part("database", well=False, sentence=sentence)
        _migrated = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Part("database", well=True, sentence="Answers, and every migration is applied.")


def _queues() -> list[Part]:
    return [Part(pulse.queue, well=pulse.well, sentence=pulse.sentence) for pulse in canary.pulses()]


def _letters() -> Part:
    outbox = letters.condition()
    return Part("letters", well=outbox.well, sentence=outbox.sentence)
