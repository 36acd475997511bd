"""allauth's sign-up, written at once: account and letter are there together, or neither."""

from allauth.account.views import SignupView
from django.db import transaction
from django.http import HttpResponse

from accounts.forms import SignUp


class SignUpView(SignupView):
    def form_valid(self, form: SignUp) -> HttpResponse:
        """One commit for a known address as for a new one: waiting for the disk takes time, too."""
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)
        return answer
