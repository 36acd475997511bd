"""The loop: every stage in order, its progress told, its findings in one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from .contract import ENGINE, ENGINE_VERSION, Code, Float, Identity
from .develop import full, photograph, sharp
from .errors import UnreadableFile
from .faces.detector import FaceDetector
from .measure import detail_energy, micro_contrast
from .measure.detail_energy import DetailEnergy
from .measure.micro_contrast import MicroContrast
from .measure.overlay import overlay
from .networks.register import NETWORKS
from .recipe import Recipe
from .recipe_rules import LOCATION
from .scene import Scene, Sitter, seat, set_up
from .stage import Stage
from .stages.analyze import model
from .stages.decode import decode
from .stages.gate import Finding, gate, placed_landmarks
from .stages.grain import without
from .stages.inspect import Inspection, inspect
from .stages.lens import Glass

Tell = Callable[[Stage, float], None]
"""Told the stage and the share of it that is done, 0..1."""

SEED = 1


def silent(stage: Stage, share: float) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Proof:
    """A proof that passed its gate, with the scene to enlarge it from."""

    scene: Scene
    code: Code
    finding: Finding
    seen: MicroContrast

    def report(self, full: Code | None = None) -> dict[str, object]:
        """Everything the portrait says about itself, with ``detail`` of its full portrait where that is
        given; the same for the same selfie, style and seed."""
        identity, recipe, placement = self.scene.sitter.identity, self.scene.recipe, self.scene.placement
        canvas = placement.canvas
        return {
            "engine": {"name": ENGINE, "version": ENGINE_VERSION, "did": did(recipe)},
            "style": {
                "slug": recipe.slug,
                "name": recipe.name,
                "digest": recipe.digest,
                "seed": self.scene.seed,
                "aims": list(recipe.aims),
                "mirrored": recipe.mirrored,
            },
            "networks": [
                {"name": network.name, "sha256": network.sha256, "license": network.license_of_weights}
                for network in NETWORKS
                if identity.versions.get(network.name) == network.sha256
            ],
            "selfie": {
                "capture": asdict(identity.capture),
                "mirrored": identity.mirrored,
                "exposure_push": identity.push,
                "white_balance": None if identity.white is None else asdict(identity.white),
                "quality": asdict(identity.quality),
                "skin": asdict(identity.skin),
                "pose": asdict(identity.pose),
                "landmark_noise": identity.landmarks.noise,
                "ipd_px": identity.landmarks.ipd,
                "warnings": list(identity.warnings),
            },
            "frame": {
                "aspect": canvas.aspect,
                "proof": [canvas.width, canvas.height],
                "full": [canvas.width * canvas.enlargement, canvas.height * canvas.enlargement],
                "photograph_pixels_per_proof_pixel": placement.zoom,
                "taken_from_m": placement.taken_from_m,
                "seen_from_m": recipe.place.distance_m
                if placement.shift is not None
                else placement.taken_from_m,
            },
            "lens": asdict(recipe.lens) | self.seen.as_dict(),
            "retouch": recipe.retouch,
            **self.finding.as_dict(),
            "overlay": overlay(placed_landmarks(self.scene), self.finding.registration),
            **({} if full is None else {"detail": detail(self.scene, self.code, full).as_dict()}),
        }


DID = (
    "Redrew the light{eyes}, gave burnt-out skin the hue and grain of the skin around it, drew "
    "with the aperture's disc what lies out of focus, set the sitter before {backdrop}, "
    "and in the full portrait added texture finer than the proof. No feature was moved or generated."
)

OWN_PLACE = "the photograph's own place, out of focus, graded, and filled in behind the sitter"


def did(recipe: Recipe) -> str:
    """What the engine did to the photograph, for whoever is shown the portrait."""
    return DID.format(
        eyes=" and the catchlights" if recipe.relight.catchlights else "",
        backdrop=OWN_PLACE if recipe.backdrop.kind == LOCATION else "a drawn backdrop",
    )


def look(data: bytes, detector: FaceDetector, *, mirrored: bool = False, tell: Tell = silent) -> Inspection:
    """A selfie's bytes to what the coach says of it. Raises the named ``Refused`` that it deserves."""
    if not data:
        raise UnreadableFile
    tell(Stage.DECODE, 0)
    photograph = decode(data)
    tell(Stage.LOOK, 0)
    return inspect(photograph, detector, mirrored=mirrored)


def identify(data: bytes, detector: FaceDetector, *, mirrored: bool = False, tell: Tell = silent) -> Identity:
    """A selfie's bytes to its identity. Raises as ``look`` does."""
    seen = look(data, detector, mirrored=mirrored, tell=tell)
    tell(Stage.MODEL, 0)
    return model(seen, detector)


def sit(identity: Identity, tell: Tell = silent) -> Sitter:
    """Prepare an identity for any number of styles."""
    tell(Stage.SEAT, 0)
    return seat(identity)


def prove(
    sitter: Sitter, recipe: Recipe, detector: FaceDetector, *, seed: int = SEED, tell: Tell = silent
) -> Proof:
    """One style's proof, measured. Raises ``NotYourLikeness`` when it fails its gate."""
    tell(Stage.SET_UP, 0)
    scene = set_up(sitter, recipe, seed)
    tell(Stage.PROOF, 0)
    code, glass = photograph(scene)
    tell(Stage.GATE, 0)
    finding = gate(scene, code, detector, lambda: sharp(scene))
    return Proof(scene, code, finding, _seen(scene, glass))


def _seen(scene: Scene, glass: Glass) -> MicroContrast:
    """What the lens did, measured on the proof."""
    return micro_contrast.read(
        scene.recipe.lens.preset,
        glass.full or glass.proof,
        "full portrait" if glass.full else "proof",
        scene.sitter.source_sigma,
        glass.light,
        glass.light + glass.change,
        placed_landmarks(scene).points,
    )


def enlarge(approved: Proof, tell: Tell = silent) -> Code:
    """The full portrait of an approved proof, (H, W, 3) uint8."""
    tell(Stage.FULL_SIZE, 0)
    return full(approved.scene, approved.code, lambda share: tell(Stage.FULL_SIZE, share))


def detail(scene: Scene, proof: Code, full: Code) -> DetailEnergy:
    """How much ``full`` (H, W, 3) holds above the end of its photograph, against what a photograph would."""
    canvas, recipe = scene.placement.canvas, scene.recipe
    kinds = detail_energy.lit_kinds(proof, placed_landmarks(scene).points, scene.matte)
    ends = detail_energy.end(canvas.enlargement / scene.placement.zoom, scene.sitter.source_sigma)

    def film(encoded: Float, top: int, left: int) -> Float:
        return without(encoded, top, left, canvas, recipe.grain, scene.seed)

    return detail_energy.read(full, kinds, ends, film)
