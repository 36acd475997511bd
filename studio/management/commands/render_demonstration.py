from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio import demonstration, sheet, sitter, studies


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
        ordered = 0
        for version in versions:
            # The front page's own compiles the engine's loops, for which no customer should wait.
            if options["later"] and version.style_id != sheet.OPENING[0]:
                demonstration.order(version=version)
                ordered += 1
                continue
            shown = demonstration.develop(version=version, tell=lambda stage, share: None)
            self.stdout.write(f"{version.parsed.name}: {shown.refusal or f'{shown.width} x {shown.height}'}")
        studies.order()
        self.stdout.write(
            f"Renders of the demonstration sitter: {len(versions) - ordered} made, "
            f"{ordered} left to the workers, {forgotten} old deleted."
        )
