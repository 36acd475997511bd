"""A plaster head: the mean of eleven faces and their mirror pictures, of one even color, drawn by code.

What a style's light *is* is what it makes of this head: no pores, no selfie, no old light. It has
the color of skin, because under two gels a red cheek is not lit as a gray one. The
measures read it in the same way as a sitter, so what they read of a sitter can be held against it.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from render.pipeline.color import lab, srgb
from render.pipeline.contract import (
    Capture,
    Code,
    Double,
    Float,
    Identity,
    Landmarks,
    Pose,
    Quality,
    SkinTone,
)
from render.pipeline.develop import proof
from render.pipeline.faces import topology as mesh
from render.pipeline.recipe import Recipe
from render.pipeline.scene import Sitter, seat, set_up

WIDTH, HEIGHT = 1280, 1280
EYES = (640.0, 480.0)
IPD = 130.0
COLOR = (57.0, 12.0, 18.0)  # Lab: skin of the middle of the range

# In inter-pupil distances from the middle of the pupils, axes of the contract: point, x, y, z of the
# right half and of the midline. Made as ``faces.pose`` made its own: each of eleven sitters and its
# mirror picture brought onto the mean by the similarity of the points that expression leaves in place.
_SHAPE = """
0 0 -.973 .289  1 0 -.672 .577  2 0 -.753 .326  3 -.081 -.325 .462  4 0 -.567 .614  5 0 -.428 .581
6 0 -.088 .339  7 -.666 -.030 -.055  8 0 .152 .283  9 0 .287 .307  10 0 .834 .235  11 0 -1.002 .274
12 0 -1.028 .245  13 0 -1.043 .205  14 0 -1.162 .153  15 0 -1.202 .168  16 0 -1.251 .188  17 0 -1.304 .174
18 0 -1.422 .093  19 0 -.724 .525  20 -.098 -.712 .393  21 -1.037 .376 -.484  22 -.404 -.113 .039
23 -.498 -.118 .032  24 -.590 -.114 .006  25 -.709 -.064 -.072  26 -.325 -.095 .032  27 -.546 .142 .086
28 -.437 .130 .084  29 -.646 .128 .054  30 -.709 .093 .012  31 -.793 -.122 -.123  32 -.367 -1.556 -.046
33 -.701 -.008 -.085  34 -1.082 -.075 -.549  35 -.898 -.055 -.216  36 -.506 -.535 .117  37 -.142 -.950 .278
38 -.131 -1.018 .228  39 -.273 -.967 .212  40 -.361 -.987 .118  41 -.239 -1.014 .178  42 -.322 -1.016 .094
43 -.490 -1.145 -.067  44 -.081 -.669 .568  45 -.092 -.567 .602  46 -.844 .177 -.003  47 -.292 -.293 .142
48 -.323 -.607 .330  49 -.329 -.549 .302  50 -.803 -.508 -.010  51 -.087 -.437 .551  52 -.619 .269 .172
53 -.752 .242 .095  54 -.941 .552 -.286  55 -.201 .168 .254  56 -.344 .091 .055  57 -.573 -1.024 -.075
58 -.992 -1.045 -.854  59 -.252 -.668 .291  60 -.170 -.702 .300  61 -.471 -1.029 -.076
62 -.444 -1.033 -.053  63 -.802 .307 .050  64 -.333 -.641 .274  65 -.439 .251 .228  66 -.455 .331 .253
67 -.554 .783 .101  68 -.868 .434 -.096  69 -.490 .571 .181  70 -.899 .225 -.083  71 -.971 .294 -.273
72 -.138 -.989 .262  73 -.256 -.993 .197  74 -.342 -1.002 .112  75 -.230 -.684 .271  76 -.457 -1.031 -.064
77 -.404 -1.090 -.014  78 -.431 -1.035 -.050  79 -.196 -.656 .428  80 -.304 -1.025 .080
81 -.223 -1.026 .142  82 -.122 -1.034 .189  83 -.149 -1.410 .083  84 -.143 -1.290 .162  85 -.138 -1.237 .173
86 -.130 -1.189 .151  87 -.119 -1.152 .136  88 -.300 -1.106 .040  89 -.319 -1.121 .054  90 -.341 -1.145 .065
91 -.359 -1.174 .045  92 -.457 -.879 .100  93 -1.091 -.523 -.961  94 0 -.740 .397  95 -.360 -1.077 -.018
96 -.382 -1.082 -.010  97 -.138 -.741 .300  98 -.304 -.693 .200  99 -.153 -.723 .303  100 -.397 -.342 .106
101 -.562 -.400 .076  102 -.350 -.586 .244  103 -.788 .692 -.080  104 -.714 .531 .052  105 -.651 .348 .159
106 -.403 -1.251 -.018  107 -.231 .296 .298  108 -.261 .578 .253  109 -.301 .826 .207  110 -.666 -.097 -.034
111 -.896 -.186 -.182  112 -.273 -.075 .022  113 -.802 .056 -.071  114 -.221 -.234 .182
115 -.256 -.586 .428  116 -1.012 -.266 -.293  117 -.836 -.254 -.099  118 -.717 -.292 -.012
119 -.532 -.282 .036  120 -.396 -.248 .060  121 -.295 -.208 .090  122 -.091 -.111 .298
123 -1.016 -.473 -.277  124 -.877 .071 -.114  125 -.051 -.720 .519  126 -.292 -.393 .181
127 -1.107 -.054 -.863  128 -.220 -.161 .109  129 -.361 -.584 .143  130 -.745 -.010 -.104
131 -.260 -.514 .393  132 -1.060 -.778 -.931  133 -.274 -.043 -.002  134 -.173 -.467 .491
135 -.786 -1.292 -.387  136 -.768 -1.418 -.550  137 -1.096 -.509 -.620  138 -.915 -1.153 -.486
139 -1.030 .126 -.437  140 -.377 -1.666 -.100  141 -.041 -.736 .391  142 -.384 -.458 .141
143 -.976 -.069 -.314  144 -.576 -.056 .001  145 -.497 -.062 .024  146 -.423 -1.102 -.029
147 -1.011 -.685 -.322  148 -.199 -1.814 -.117  149 -.488 -1.660 -.311  150 -.615 -1.559 -.420
151 0 .574 .277  152 0 -1.836 -.089  153 -.419 -.058 .029  154 -.346 -.050 .017  155 -.297 -.047 -.001
156 -.942 .096 -.209  157 -.361 .018 .033  158 -.443 .043 .051  159 -.523 .049 .047  160 -.602 .038 .023
161 -.651 .019 -.010  162 -1.088 .186 -.693  163 -.629 -.043 -.029  164 0 -.821 .292  165 -.352 -.832 .178
166 -.249 -.658 .329  167 -.151 -.820 .280  168 0 .036 .274  169 -.643 -1.433 -.307  170 -.514 -1.549 -.211
171 -.205 -1.746 -.004  172 -.888 -1.260 -.707  173 -.302 -.018 .013  174 -.155 -.272 .317
175 0 -1.768 .019  176 -.354 -1.750 -.195  177 -1.071 -.742 -.619  178 -.218 -1.131 .094
179 -.237 -1.158 .108  180 -.253 -1.197 .121  181 -.264 -1.245 .105  182 -.294 -1.345 .040
183 -.390 -1.022 .016  184 -.410 -1.014 .014  185 -.426 -1.006 .016  186 -.539 -.939 .009
187 -.892 -.737 -.131  188 -.153 -.167 .233  189 -.204 .025 .073  190 -.262 .016 .033  191 -.371 -1.028 .007
192 -.895 -.992 -.299  193 -.122 .021 .204  194 -.333 -1.444 -.007  195 0 -.312 .496  196 -.086 -.224 .389
197 0 -.204 .413  198 -.230 -.424 .309  199 0 -1.662 .073  200 0 -1.534 .082  201 -.172 -1.519 .059
202 -.556 -1.202 -.117  203 -.443 -.663 .109  204 -.454 -1.336 -.071  205 -.673 -.651 .066
206 -.540 -.762 .069  207 -.760 -.811 -.035  208 -.197 -1.643 .046  209 -.295 -.471 .236
210 -.624 -1.301 -.201  211 -.495 -1.434 -.138  212 -.646 -1.058 -.110  213 -.985 -.867 -.369
214 -.763 -1.098 -.196  215 -1.017 -.958 -.593  216 -.625 -.875 .001  217 -.221 -.332 .243
218 -.226 -.637 .447  219 -.292 -.645 .340  220 -.178 -.575 .521  221 -.279 .111 .105  222 -.436 .174 .125
223 -.574 .189 .119  224 -.689 .172 .077  225 -.766 .129 .014  226 -.811 -.032 -.144  227 -1.100 -.290 -.590
228 -.742 -.163 -.076  229 -.646 -.192 -.020  230 -.518 -.194 .020  231 -.397 -.176 .039
232 -.304 -.149 .047  233 -.241 -.122 .056  234 -1.101 -.285 -.944  235 -.294 -.663 .291
236 -.157 -.367 .391  237 -.152 -.652 .522  238 -.102 -.702 .480  239 -.155 -.667 .474  240 -.272 -.688 .256
241 -.082 -.713 .506  242 -.074 -.728 .391  243 -.240 -.047 .015  244 -.191 -.072 .073  245 -.163 -.091 .144
246 -.679 .004 -.042  247 -.748 .049 -.045  468 -.500 0 0  469 -.405 0 0  470 -.499 .082 .002
471 -.596 .001 0  472 -.501 -.082 -.002
"""


@cache
def vertices() -> Double:
    """The mean face, (478, 3) in IPD, x right, y up, z toward the camera; exactly symmetric."""
    rows = np.array(_SHAPE.split(), np.float64).reshape(-1, 4)
    shape = np.empty((mesh.POINTS, 3))
    index = rows[:, 0].astype(np.intp)
    shape[mesh.MIRROR[index]] = rows[:, 1:] * [-1, 1, 1]
    shape[index] = rows[:, 1:]
    return shape


@cache
def head() -> Identity:
    """The plaster head as a sitter, looking into the lens, 1280 x 1280."""
    matte = _outline()
    color = lab.to_linear(COLOR)
    pixels = np.broadcast_to(color.astype(np.float32), (HEIGHT, WIDTH, 3)).copy()
    points = vertices() * [IPD, -IPD, -IPD] + [*EYES, 0]
    return Identity(
        pixels=pixels,
        matte=matte,
        capture=Capture("drawn", WIDTH, HEIGHT),
        landmarks=Landmarks(points, points, 0.0),
        pose=Pose(0, 0, 0),
        quality=Quality(1.0, 0.0, float(color @ srgb.LUMINANCE), 0.0, 0.0),
        skin=SkinTone(COLOR, float(lab.ita(COLOR)), "plaster"),
        mirrored=False,
        versions={},
    )


def portrait(recipe: Recipe, seed: int = 1) -> tuple[Code, Landmarks]:
    """The plaster head's proof in a style, (h, w, 3) uint8, and where its points lie on it."""
    scene = set_up(_seated(), recipe, seed)
    points = head().landmarks.points
    flat = scene.placement.to_canvas(points[:, :2])
    placed = np.column_stack([flat, points[:, 2] / scene.placement.zoom])
    return proof(scene), Landmarks(placed, placed, 0.0)


@cache
def _seated() -> Sitter:
    return seat(head())


def _outline() -> Float:
    """Skull, neck and shoulders, (HEIGHT, WIDTH) 0..1."""
    matte = np.zeros((HEIGHT, WIDTH), np.uint8)

    def fill(outline: Double) -> None:
        cv2.fillPoly(matte, [np.round(outline * [IPD, -IPD] + EYES).astype(np.int32)], [255])

    turn = np.linspace(0, 2 * np.pi, 200)[:, None]
    fill(vertices()[mesh.FACE_OVAL, :2])
    fill(np.hstack([1.28 * np.cos(turn), 0.32 + 1.40 * np.sin(turn)]))
    fill(np.array([[-0.82, -1.0], [0.82, -1.0], [0.90, -2.6], [-0.90, -2.6]]))
    fill(np.hstack([3.3 * np.cos(turn), -4.3 + 1.95 * np.sin(turn)]))
    fill(np.array([[-3.3, -4.3], [3.3, -4.3], [3.6, -9], [-3.6, -9]]))
    return np.asarray(cv2.GaussianBlur(matte, (0, 0), 1.5), np.float32) / 255
