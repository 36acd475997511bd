"""Acts of staff that several apps take part in."""

from typing import Protocol

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.admin import UserAdmin
from accounts.blocking import Erased, NoReason, NotYours
from accounts.models import User
from portraitos_site import blocking, failure_admin  # noqa: F401  (registers failures)


class Act(Protocol):
    def __call__(self, *, by: User, user: User, reason: str) -> None: ...


class Reason(forms.Form):
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The customer gets it by mail, word for word.",
    )


admin.site.unregister(User)


@admin.register(User)
class BlockableUserAdmin(UserAdmin):
    """Accounts, with the two acts that reach from the account to its credits."""

    actions = ("block", "unblock")

    def has_block_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.block_user")

    @admin.action(description="Block the chosen accounts; their credits rest", permissions=["block"])
    def block(self, request: HttpRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        return self._each(request, chosen, blocking.block, "block")

    @admin.action(description="Unblock the chosen accounts; their credits wake", permissions=["block"])
    def unblock(self, request: HttpRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        return self._each(request, chosen, blocking.unblock, "unblock")

    def _each(self, request: HttpRequest, chosen: QuerySet[User], act: Act, verb: str) -> HttpResponse | None:
        """Ask for the reason first; with one, act."""
        assert isinstance(request.user, User)
        form = Reason(request.POST) if "reason" in request.POST else Reason()
        if not form.is_valid():
            context = {**self.admin_site.each_context(request), "chosen": chosen, "verb": verb, "form": form}
            status = 400 if form.is_bound else 200
            return render(request, "admin/accounts/block.html", context, status=status)
        for user in chosen:
            try:
                act(by=request.user, user=user, reason=form.cleaned_data["reason"])
                self.message_user(request, f"{user} is {verb}ed.")
            except (NotYours, Erased, NoReason) as refused:
                self.message_user(request, f"{user} is not {verb}ed: {refused.__doc__}", messages.ERROR)
        return None
