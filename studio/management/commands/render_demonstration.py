from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio import demonstration, sheet, sitter, studies
from studio.catalogue_models import StyleVersion


class Command(BaseCommand):
    help = "Render the demonstration sitter in every style on offer that has no picture yet; delete old ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--later", action="store_true", help="Leave all but the front page's to the workers."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not sitter.digest():
            raise CommandError("The demonstration sitter is not in place. Run manage.py place_sitter first.")
        forgotten = demonstration.forget_others()
        studies.forget_others()
        versions = demonstration.missing()
        # The front page's own compiles the engine's loops, for which no customer should wait.
        later = [one for one in versions if options["later"] and one.style_id != sheet.OPENING[0]]
        for version in versions:
            if version in later:
                demonstration.order(version=version)
            else:
                self._make(version)
        studies.order()
        self.stdout.write(
            f"Renders of the demonstration sitter: {len(versions) - len(later)} made, "
            f"{len(later)} left to the workers, {forgotten} old deleted."
        )

    def _make(self, version: StyleVersion) -> None:
        shown = demonstration.develop(version=version, tell=lambda stage, share: None)
        self.stdout.write(f"{version.parsed.name}: {shown.refusal or f'{shown.width} x {shown.height}'}")
