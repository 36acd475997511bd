"""Is the house well? One answer for the health page and whoever watches from outside."""

import logging
import os
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from accounts import letters
from portraitos_site import computed
from render.jobs import canary, failures

log = logging.getLogger(__name__)
_migrated = False

FREE_FILES = 1000
"""Files (inodes) that a file system must have left."""


@dataclass(frozen=True)
class Part:
    """One part of the house, the sentence that says how it is, and a number for those who watch one."""

    name: str
    well: bool
    sentence: str
    count: int | None = None


def parts() -> list[Part]:
    """Return every part, in the order in which they depend on each other."""
    here = [Part("web", well=True, sentence="This answer."), _disk(), _cache()]
    try:
        database = _database()
        return [*here, database, *_queues(), _letters(), _failures()] if database.well else [*here, database]
    except DatabaseError:
        log.exception("The health page cannot read the database.")
        return [*here, Part("database", well=False, sentence="The database does not answer.")]


def _disk() -> Part:
    try:
        found = os.statvfs(settings.DATA_DIR)
    except OSError:
        return Part("disk", well=False, sentence="DATA_DIR cannot be read.")
    room = found.f_bavail * found.f_frsize >> 20
    sentence = f"{room} MB are free for DATA_DIR."
    if found.f_files and found.f_favail < FREE_FILES:
        return Part("disk", well=False, sentence=f"{sentence} Hardly another file can be made.", count=room)
    if room < settings.DISK_FREE_MB:
        return Part("disk", well=False, sentence=f"{sentence} Make room, or lower DISK_FREE_MB.", count=room)
    return Part("disk", well=True, sentence=sentence, count=room)


def _cache() -> Part:
    if not settings.REDIS_URL:
        return Part("cache", well=True, sentence="Each process has its own, as REDIS_URL is not set.")
    if computed.answers():
        return Part("cache", well=True, sentence="Redis answers.")
    return Part("cache", well=False, sentence="Redis does not answer; pages are slower until it does.")


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


def _failures() -> Part:
    """Whoever asks learns how many, and only staff learn of what."""
    lately, alarms = failures.last_hour(), failures.alarms().count()
    words = f"{lately} in the last hour that nobody has settled."
    if alarms:
        words += f" {alarms} of their causes struck {failures.TOO_MANY} times or more: see the admin."
    return Part("failures", well=not alarms, sentence=words, count=lately)


def _letters() -> Part:
    outbox = letters.condition()
    return Part("letters", well=outbox.well, sentence=outbox.sentence, count=outbox.waiting)
