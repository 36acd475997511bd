"""What allauth asks of us."""

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Our wording and our rules; pages and e-mails are in templates/account."""
