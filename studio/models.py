from studio.catalogue_models import (
    Category,
    Demonstration,
    Immutable,
    Style,
    StyleVersion,
)
from studio.face_models import Identity, Selfie

__all__ = ["Category", "Demonstration", "Identity", "Immutable", "Selfie", "Style", "StyleVersion"]
