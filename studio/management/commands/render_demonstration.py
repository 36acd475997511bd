from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio import demonstration, sitter, studies


class Command(BaseCommand):
    help = "Render the demonstration sitter in every style on offer that has no picture yet; delete old ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--later", action="store_true", help="Leave it to the workers of the queue.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not sitter.digest():
            raise CommandError("The demonstration sitter is not in place. Run manage.py place_sitter first.")
        forgotten = demonstration.forget_others()
        versions = demonstration.missing()
        for version in versions:
            if options["later"]:
                demonstration.order(version=version)
                continue
            shown = demonstration.develop(version=version, tell=lambda stage, share: None)
            self.stdout.write(f"{version.parsed.name}: {shown.refusal or f'{shown.width} x {shown.height}'}")
        studies.forget_others()
        studies.order()
        verb = "ordered from the workers" if options["later"] else "made"
        self.stdout.write(
            f"Renders of the demonstration sitter: {len(versions)} {verb}, {forgotten} old deleted."
        )
