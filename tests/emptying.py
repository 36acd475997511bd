"""After a test with real commits every row goes but those that migrations made for everybody.

Django truncates each table and then makes permissions anew, which takes half a second on PostgreSQL. To
delete a test's few rows takes a hundredth of that. The ledger's triggers would refuse it: they stand back.
"""

from typing import Any

from django.db import connection, transaction

from billing import triggers

KEPT = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}
"""Names of permissions, and the groups of staff that hold them: no test's own."""


def empty(case: Any) -> None:
    """Delete the rows of every other table, whatever points where: constraints are asked at the end.

    Stands in for ``TransactionTestCase._fixture_teardown``.
    """
    quote = connection.ops.quote_name
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    with transaction.atomic():
        triggers.remove(connection)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # what a killed process was about to commit comes first
                cursor.execute(f"LOCK TABLE {', '.join(map(quote, tables))} IN SHARE ROW EXCLUSIVE MODE")
            for table in tables:
                cursor.execute(f"DELETE FROM {quote(table)}")
        triggers.install(connection)
