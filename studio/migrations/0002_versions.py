import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The new tables and columns, beside the old columns; 0003 fills them and 0004 takes the old ones away.

    Three steps, because PostgreSQL does not alter a table that rows were just written to.
    """

    dependencies = [("studio", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RemoveConstraint(model_name="style", name="style_version_positive"),
        migrations.RemoveConstraint(model_name="style", name="style_digest_hex"),
        migrations.AlterModelOptions(name="style", options={}),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("slug", models.SlugField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, unique=True)),
                ("order", models.PositiveSmallIntegerField(default=0, help_text="Smaller stands first.")),
            ],
            options={"ordering": ["order", "name"], "verbose_name_plural": "categories"},
        ),
        migrations.CreateModel(
            name="StyleVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("recipe", models.TextField(help_text="TOML, exactly as written.")),
                ("digest", models.CharField(help_text="SHA-256 of the recipe, in hex.", max_length=64)),
                (
                    "origin",
                    models.CharField(
                        choices=[("file", "the catalogue's file"), ("staff", "staff")], max_length=10
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "style",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="studio.style",
                    ),
                ),
            ],
            options={"ordering": ["style", "-number"]},
        ),
        migrations.CreateModel(
            name="Demonstration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("engine", models.CharField(max_length=20)),
                (
                    "sitter",
                    models.CharField(help_text="SHA-256 of the sitter's photograph, in hex.", max_length=64),
                ),
                ("key", models.CharField(help_text="Names the files.", max_length=24, unique=True)),
                (
                    "width",
                    models.PositiveIntegerField(default=0, help_text="Pixels of the large picture."),
                ),
                ("height", models.PositiveIntegerField(default=0)),
                (
                    "refusal",
                    models.CharField(blank=True, help_text="Why the engine showed nothing.", max_length=300),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="demonstrations",
                        to="studio.styleversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "engine", "sitter"), name="demonstration_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("height__gt", 0), ("refusal", ""), ("width__gt", 0)),
                            models.Q(models.Q(("refusal", ""), _negated=True), ("height", 0), ("width", 0)),
                            _connector="OR",
                        ),
                        name="demonstration_shows_or_says_why",
                    ),
                ]
            },
        ),
        migrations.RenameField(model_name="style", old_name="category", new_name="shelf"),
        migrations.AlterField("style", "shelf", models.CharField(max_length=60, default="")),
        migrations.AlterField("style", "recipe", models.TextField(default="")),
        migrations.AlterField("style", "digest", models.CharField(max_length=64, default="")),
        migrations.RenameField(model_name="style", old_name="active", new_name="offered"),
        migrations.AddField(
            "style",
            "category",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="styles",
                to="studio.category",
            ),
        ),
        migrations.AddField(
            "style",
            "current",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="studio.styleversion",
            ),
        ),
        migrations.AddField(
            "style",
            "follows_file",
            models.BooleanField(
                default=True,
                help_text="Whether loading the catalogue may change it; staff's first change ends that.",
            ),
        ),
    ]
