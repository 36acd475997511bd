import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from billing import stripe_api
from billing.stripe_dev.server import StripeDev


class Command(BaseCommand):
    help = "Serve the development Stripe on this machine, for a site without a Stripe key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.STRIPE_DEV_PORT)
        parser.add_argument("--site", default=settings.SITE_URL, help="Where the webhook is.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.STRIPE_IS_DEV:
            self.stderr.write("There is a Stripe key, or DEBUG is off: the development Stripe stays away.")
            sys.exit(1)
        stripe = StripeDev(
            port=options["port"],
            webhook=f"{options['site'].rstrip('/')}/stripe/webhook/",
            secret=settings.STRIPE_WEBHOOK_SECRETS[0],
            api_version=stripe_api.API_VERSION,
            file=settings.DATA_DIR / "stripe_dev.json",
        )
        self.stdout.write(f"Development Stripe: {stripe.address}/")
        stripe.serve()
