from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def describe(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write down what the pictures of known cases are, and count the reports of open ones."""
    report_model = apps.get_model("render", "Report")
    portraits = apps.get_model("render", "Portrait").objects.select_related("shoot", "version")
    for case in apps.get_model("render", "Case").objects.iterator():
        if case.state == "rejected":
            case.scope = "picture" if case.kind == "portrait" else "identity"
        if case.state == "open":
            report_model.objects.create(case=case, words=case.words, created_at=case.created_at)
        portrait = portraits.filter(pk=case.subject).first()
        if portrait is not None:
            case.identity, case.style = portrait.shoot.identity_id, portrait.version.style_id
            case.seed, case.aims = portrait.seed, portrait.aims
            case.proof_digest = portrait.proof_digest
        case.save()


class Migration(migrations.Migration):
    dependencies = [
        ("render", "0009_verdicts"),
    ]

    operations = [
        migrations.RunPython(describe, migrations.RunPython.noop),
    ]
