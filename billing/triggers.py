"""What the database itself refuses: to change the past, whoever asks."""

from django.db.backends.base.base import BaseDatabaseWrapper

# Of every hold and lot these never change; of an entry, nothing but its reason, which an erasure takes out.
HOLD_FIXED = ("account_id", "lot_id", "subject", "amount")
LOT_FIXED = ("account_id", "kind", "granted", "paid_cents", "currency")
ENTRY_FIXED = (
    "id", "account_id", "lot_id", "kind", "d_available", "d_held", "d_spent", "d_outside", "d_remaining",
    "key", "actor", "created_at",
)  # fmt: skip


def install(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """For migrations that go back."""
    with connection.cursor() as cursor:
        for table, names in NAMES.items():
            for name in names:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


NAMES = {
    "billing_entry": ("entry_no_update", "entry_no_delete", "entry_no_truncate"),
    "billing_hold": ("hold_once", "hold_no_delete"),
    "billing_lot": ("lot_fixed", "lot_no_delete"),
    "billing_account": ("account_no_delete",),
}


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} <> OLD.{name}" for name in columns)


ENTRY_WRONG = (
    f"NEW.reason <> '' OR {_changed(ENTRY_FIXED)} OR (NEW.hold_id IS NULL) <> (OLD.hold_id IS NULL) OR "
    f"{_changed(('hold_id',))}"
)
HOLD_WRONG = f"(OLD.state <> 'open' AND NEW.state <> OLD.state) OR {_changed(HOLD_FIXED)}"

RULES = (
    ("entry_no_update", "billing_entry", "UPDATE", ENTRY_WRONG, "an entry of the ledger is never changed"),
    ("entry_no_delete", "billing_entry", "DELETE", "", "an entry of the ledger is never deleted"),
    ("hold_once", "billing_hold", "UPDATE", HOLD_WRONG, "a hold ends once, and is otherwise fixed"),
    ("hold_no_delete", "billing_hold", "DELETE", "", "a hold is never deleted"),
    ("lot_fixed", "billing_lot", "UPDATE", _changed(LOT_FIXED), "what a lot began as is fixed"),
    ("lot_no_delete", "billing_lot", "DELETE", "", "a lot is never deleted"),
    ("account_no_delete", "billing_account", "DELETE", "", "an account is never deleted"),
)


def _statements(vendor: str) -> list[str]:
    return _sqlite() if vendor == "sqlite" else _postgresql()


def _sqlite() -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} FOR EACH ROW "
        + (f"WHEN {wrong} " if wrong else "")
        + f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        for name, table, event, wrong, words in RULES
    ]


REFUSE = """
CREATE OR REPLACE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

# An empty table may be truncated: that is how a test database is swept.
REFUSE_TRUNCATE = """
CREATE OR REPLACE FUNCTION ledger_refuses_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM billing_entry) THEN
    RAISE EXCEPTION 'the ledger is never truncated' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

NO_TRUNCATE = """
CREATE OR REPLACE TRIGGER entry_no_truncate BEFORE TRUNCATE ON billing_entry
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses_truncate()
"""


def _postgresql() -> list[str]:
    rows = [
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
        + (f"WHEN ({wrong}) " if wrong else "")
        + f"EXECUTE FUNCTION ledger_refuses('{words}')"
        for name, table, event, wrong, words in RULES
    ]
    return [REFUSE, REFUSE_TRUNCATE, NO_TRUNCATE, *rows]
