from studio.catalogue_models import (
    Category,
    Demonstration,
    Immutable,
    Style,
    StyleVersion,
)

__all__ = ["Category", "Demonstration", "Immutable", "Style", "StyleVersion"]
