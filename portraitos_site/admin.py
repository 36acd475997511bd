"""Acts of staff that several apps take part in."""

from typing import Protocol

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import UserAdmin
from accounts.blocking import Erased, NotYours
from accounts.models import User
from portraitos_site import blocking, failure_admin  # noqa: F401  (registers failures)


class Act(Protocol):
    def __call__(self, *, by: User, user: User) -> None: ...


admin.site.unregister(User)


@admin.register(User)
class BlockableUserAdmin(UserAdmin):
    """Accounts, with the two acts that reach from the account to its credits."""

    actions = ("block", "unblock")

    def has_block_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.block_user")

    @admin.action(description="Block the chosen accounts; their credits rest", permissions=["block"])
    def block(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, blocking.block, "blocked")

    @admin.action(description="Unblock the chosen accounts; their credits wake", permissions=["block"])
    def unblock(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, blocking.unblock, "unblocked")

    def _each(self, request: HttpRequest, chosen: QuerySet[User], act: Act, done: str) -> None:
        assert isinstance(request.user, User)
        for user in chosen:
            try:
                act(by=request.user, user=user)
                self.message_user(request, f"{user} is {done}.")
            except (NotYours, Erased) as refused:
                self.message_user(request, f"{user} is not {done}: {refused.__doc__}", messages.ERROR)
