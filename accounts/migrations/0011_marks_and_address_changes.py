"""Marks of sessions, for those that are stored already too, and changes of address that can be undone."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def mark_stored(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    from accounts.session_store import SessionStore, marks

    kept = apps.get_model("sessions", "Session").objects.filter(expire_date__gt=django.utils.timezone.now())
    mark = apps.get_model("accounts", "SessionMark")
    decode = SessionStore().decode
    for session in kept.iterator():
        whose = marks(decode(session.session_data))
        mark.objects.bulk_create([mark(session_id=session.pk, whose=one) for one in whose])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_letters_end_empty"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old", models.EmailField(max_length=254, verbose_name="old e-mail address")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="address_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["changed_at"]},
        ),
        migrations.CreateModel(
            name="SessionMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "whose",
                    models.CharField(
                        db_index=True,
                        help_text="The number of an account, or an address in small letters.",
                        max_length=254,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marks",
                        to="sessions.session",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("session", "whose"), name="session_mark_once")
                ],
            },
        ),
        migrations.RunPython(mark_stored, migrations.RunPython.noop),
    ]
