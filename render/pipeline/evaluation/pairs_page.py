"""What readers get: pictures that are alike in all but their pixels, contact sheets, and one page."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from render.pipeline import run
from render.pipeline.color import srgb
from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.contact_sheet import GAP, INK, PAPER, contact_sheet
from render.pipeline.contract import Code, Identity, Window
from render.pipeline.errors import Refused, UnreadableFile
from render.pipeline.faces.detector import FaceDetector
from render.pipeline.placement import Placement
from render.pipeline.recipe import Recipe
from render.pipeline.scene import Sitter
from render.pipeline.stages.inspect import Inspection

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LONGEST = 960  # px: what a page shows of a picture; nobody is asked about what only 100 % shows
SHORTEST = 256  # px: less is no picture to judge
MOST_CROPPED = 0.5  # of a picture's width, to bring it to the shape of the picture beside it
ON_A_SHEET = 12  # pictures, so six pairs
COLUMNS = 4
STRIP = 54  # px: the question above a sheet
MOVED = 0.002  # of the IPD: how far an identity's landmarks may lie from its photograph's
LONG_AGO = 946_684_800  # 2000-01-01: when every file was written, as far as a reader can see

Refs = tuple[str, ...]


class NotAlike(ValueError):
    """Pictures that cannot be shown beside each other; says which and why in one sentence."""


def couple(seen: Inspection, sitter: Sitter, recipe: Recipe, detector: FaceDetector) -> tuple[Code, Code]:
    """The portrait and the selfie cropped alike, both (h, w, 3) uint8.

    Where the portrait's frame reaches beyond the photograph, both end with the photograph.

    Raises
    ------
    NotYourLikeness
        When the portrait fails its gate.
    """
    proof = run.prove(sitter, recipe, detector)
    placement = in_photograph(seen, sitter.identity, proof.scene.placement)
    canvas, height, width = placement.canvas, *seen.pixels.shape[:2]
    look = placement.look(seen.pixels, Window.whole(canvas))
    selfie: Code = np.round(srgb.encode(np.clip(look, 0, 1)) * 255).astype(np.uint8)
    rows = _common(placement.origin[1], placement.zoom, height, canvas.height)
    columns = _common(placement.origin[0], placement.zoom, width, canvas.width)
    return proof.code[rows, columns], selfie[rows, columns]


def in_photograph(seen: Inspection, identity: Identity, placement: Placement) -> Placement:
    """The frame of ``placement``, which looks into ``identity``, looking into the photograph itself.

    An identity's pixels are cut out, denoised and widened; who is asked about a
    selfie must see the photograph.
    The change of perspective is left out too: it is the portrait's doing. The eyes' plane does not move
    by it, so the crop stays the same.

    Raises
    ------
    RuntimeError
        When the identity is not the photograph scaled and moved, as this takes it to be.
    """
    there, here = identity.landmarks.points[:, :2], seen.landmarks.points[:, :2]
    scale = identity.landmarks.ipd / seen.landmarks.ipd
    move = there.mean(axis=0) - scale * here.mean(axis=0)
    if np.abs(scale * here + move - there).max() > MOVED * identity.landmarks.ipd:
        raise RuntimeError("the identity's grid is no longer the photograph's, scaled and moved")
    x, y = (np.array(placement.origin) - move) / scale
    return Placement(placement.canvas, placement.zoom / scale, (float(x), float(y)))


def _common(origin: float, zoom: float, photograph: int, canvas: int) -> slice:
    """The canvas's pixels along one axis that lie wholly on the photograph."""
    first = math.ceil(-origin / zoom - 1e-6)
    last = math.floor((photograph - origin) / zoom + 1e-6)
    return slice(max(0, first), min(canvas, last))


def pictures_in(folder: Path) -> dict[str, str]:
    """The pictures of a folder: {name without its suffix: file name}.

    Raises
    ------
    Refused
        When there is none, or a name stands there with two suffixes.
    """
    names = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in SUFFIXES]
    if not names:
        raise Refused(f"There is no picture in {folder}.", "Give a folder of PNG, JPEG or WebP files.")
    found = {path.stem: path.name for path in names}
    if len(found) < len(names):
        raise Refused(f"{folder} holds one name twice.", "Keep one file of each name.")
    return found


def read(path: Path) -> bytes:
    """The bytes of a file.

    Raises
    ------
    UnreadableFile
        When there are none to be had.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read.", "Give the path of a picture.") from error


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; raises as `read`."""
    return hashlib.sha256(read(path)).hexdigest()


def upright(path: Path) -> Image.Image:
    """The picture in ``path``, RGB in sRGB, turned as its EXIF says.

    Raises
    ------
    UnreadableFile
        When it cannot be read or is no picture.
    """
    try:
        with Image.open(path) as file:
            picture: Image.Image = ImageOps.exif_transpose(file)
            profile = picture.info.get("icc_profile")
            picture = picture.convert("RGB")
        if profile and profile != srgb_profile():
            own, ours = (ImageCms.ImageCmsProfile(io.BytesIO(data)) for data in (profile, srgb_profile()))
            if own.profile.xcolor_space.strip() == "RGB":
                ImageCms.profileToProfile(picture, own, ours, inPlace=True)
        return picture
    except (OSError, UnidentifiedImageError, ImageCms.PyCMSError) as error:
        raise UnreadableFile(
            f"{path} cannot be read as a picture.", "Give PNG, JPEG or WebP files."
        ) from error


def common_size(sizes: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """Width and height that all pictures can be brought to by cropping their sides and reducing them.

    Parameters
    ----------
    sizes : {name: (width, height)}, px

    Raises
    ------
    NotAlike
        When a picture would lose more than half of its width, or is too small.
    """
    shape = min(width / height for width, height in sizes.values())
    for name, (width, height) in sizes.items():
        if 1 - shape * height / width > MOST_CROPPED:
            raise NotAlike(f"{name} is of quite another shape than the pictures beside it")
        if min(width, height) < SHORTEST:
            raise NotAlike(f"{name} is smaller than {SHORTEST} pixels")
    height = min(height for _, height in sizes.values())
    scale = min(1.0, LONGEST / max(height, shape * height))
    return max(1, round(shape * height * scale)), max(1, round(height * scale))


def alike(picture: Image.Image, size: tuple[int, int]) -> Code:
    """``picture`` at ``size`` (width, height) px, its sides cropped alike: (height, width, 3) uint8."""
    wide = min(picture.width, picture.height * size[0] / size[1])
    left = (picture.width - wide) / 2
    box = (left, 0, left + wide, picture.height)
    if picture.size == size:
        return np.asarray(picture)
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=None))


def plain_png(code: Code) -> bytes:
    """A PNG of ``code`` (H, W, 3) uint8 with nothing in it but pixels.

    It is stored without compression: a smooth backdrop would else make a smaller file than the wall
    behind a selfie, and the size would say which is which.
    """
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(code)).save(file, "PNG", compress_level=0)
    return file.getvalue()


def file_names(key: str, count: int) -> Refs:
    """The names of a question's picture or of its two."""
    return (f"{key}.png",) if count == 1 else (f"{key}-left.png", f"{key}-right.png")


def write_page(
    out: Path,
    questions: Sequence[tuple[str, tuple[Path, ...]]],
    question: str,
    answers: tuple[str, str],
    size: tuple[int, int] | None,
) -> str:
    """Write all that readers get into the new folder ``out``.

    Parameters
    ----------
    out : Path
        Created here.
    questions : (key, paths of the one or two pictures from left to right)
    question : str
        The one that is asked of all of them.
    answers : (str, str)
        What can be answered.
    size : (width, height) or None
        In px, of every picture; None: each pair has its own.

    Returns
    -------
    str
        The page's name: a digest of all its pictures in their order.

    Raises
    ------
    NotAlike
        As `common_size`.
    UnreadableFile
        As `upright`.
    OSError
        When the folder cannot be written.
    """
    out.mkdir(parents=True)
    seen = hashlib.sha256()
    sheet: list[tuple[str, Code]] = []
    sheets = 0
    for number, (key, paths) in enumerate(questions, 1):
        pictures = [upright(path) for path in paths]
        here = size or common_size({str(p): one.size for p, one in zip(paths, pictures, strict=True)})
        for name, picture in zip(file_names(key, len(paths)), pictures, strict=True):
            code = alike(picture, here)
            data = plain_png(code)
            seen.update(data)
            (out / name).write_bytes(data)
            sheet.append((name.removesuffix(".png").replace("-", " "), code))
        if len(sheet) == ON_A_SHEET or number == len(questions):
            sheets += 1
            (out / f"sheet-{sheets:02}.png").write_bytes(_sheet(sheet, f"{question}  {' / '.join(answers)}"))
            sheet = []
    page = seen.hexdigest()[:12]
    keys = [{"key": key, "files": file_names(key, len(paths))} for key, paths in questions]
    told = {"page": page, "question": question, "answers": answers, "questions": keys}
    (out / "index.html").write_text(_html(told), "utf-8")
    for path in (*out.iterdir(), out):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return page


def _sheet(pictures: list[tuple[str, Code]], headline: str) -> bytes:
    """Captioned pictures below the question, as a PNG without metadata."""
    below = Image.fromarray(contact_sheet(pictures, columns=min(COLUMNS, len(pictures))))
    font = ImageFont.load_default(size=24)
    left, _, right, _ = font.getbbox(headline)
    whole = Image.new("RGB", (max(below.width, round(right - left) + 2 * GAP), below.height + STRIP), PAPER)
    whole.paste(below, (0, STRIP))
    ImageDraw.Draw(whole).text((GAP, GAP), headline, fill=INK, font=font)
    file = io.BytesIO()
    whole.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _html(told: Mapping[str, object]) -> str:
    # "<" is written otherwise, so that no text can end the script.
    return HTML.replace("TOLD", json.dumps(told).replace("<", "\\u003c"))


HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Pictures to judge</title>
<style>
  * { box-sizing: border-box; margin: 0 }
  html { background: #d4d4d2; color: #1d1d1b; font: 16px/1.4 system-ui, sans-serif }
  body { max-width: 1240px; min-height: 100vh; min-height: 100dvh; margin: auto; padding: 14px 16px;
         display: flex; flex-direction: column; gap: 12px }
  header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline;
           gap: 2px 16px }
  h1 { font-size: 1.3rem; line-height: 1.25 }
  progress { width: 100%; height: 6px; accent-color: #1d1d1b }
  #pictures { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 12px;
              justify-items: center }
  #pictures button { padding: 0; border: 0; background: none; border-radius: 4px; display: block;
                     max-width: 100%; cursor: zoom-in }
  #pictures button:first-child:not(:last-child) { justify-self: end }
  #pictures button:last-child:not(:first-child) { justify-self: start }
  #pictures img { display: block; max-width: 100%; height: auto; max-height: calc(100vh - 330px);
                  max-height: calc(100dvh - 330px); min-height: 120px; object-fit: contain;
                  border-radius: 4px }
  #choices { display: grid; grid-template-columns: 1fr 1fr; gap: 12px }
  button, input { font: inherit; color: inherit; min-height: 46px; border-radius: 8px;
                  border: 1px solid #6c6c68; background: #f4f4f1; padding: 8px 14px }
  button { cursor: pointer }
  button:disabled { opacity: .45; cursor: default }
  button[aria-pressed=true], .main:enabled { background: #1d1d1b; color: #fff; border-color: #1d1d1b }
  :focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px }
  kbd { font: inherit; opacity: .6; margin-left: .4em }
  .row { display: flex; gap: 12px; align-items: center }
  #next { flex: 1 }
  .row input { flex: 1; min-width: 0; width: 100% }
  footer { margin-top: auto; padding-top: 10px; border-top: 1px solid #a9a9a5; flex-wrap: wrap;
           justify-content: space-between }
  footer label { display: flex; align-items: center; gap: 8px; white-space: nowrap }
  footer.row input { width: 6.5em; flex: none; padding: 8px }
  dialog { margin: auto; padding: 0; border: 0; background: none; max-width: 100vw; max-height: 100vh }
  dialog::backdrop { background: #d4d4d2 }
  dialog img { display: block; max-width: 100vw; max-height: 100vh; cursor: zoom-out }
  @media (max-width: 600px) { #pictures img { max-height: calc(100dvh - 400px) }
    kbd { display: none } body { padding: 12px } #pictures, #choices { gap: 8px }
    #download { flex: 1; padding: 8px 4px } footer label { flex: 1 } footer.row input { flex: 1 } }
</style>
<header><h1 id="question"></h1><p id="where" aria-live="polite"></p></header>
<progress id="progress" value="0" aria-label="answered"></progress>
<main id="pictures"></main>
<div id="choices"></div>
<div class="row">
  <input id="why" maxlength="300" placeholder="Why, in a few words" aria-label="Why" autocomplete="off">
</div>
<div class="row">
  <button id="back">Back</button>
  <button id="next" class="main">Next</button>
</div>
<footer class="row">
  <label>Reader <input id="reader" maxlength="20" autocomplete="off" title="Not your name"></label>
  <button id="download" class="main" disabled>Download answers</button>
</footer>
<dialog id="large"><img alt=""></dialog>
<noscript>This page needs JavaScript. Without it, look at the sheets beside it.</noscript>
<script>
"use strict";
const told = TOLD;
const $ = id => document.getElementById(id);
const count = told.questions.length, pair = told.questions[0].files.length === 2;
const sideBySide = told.answers[0] === "left";
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const fresh = () =>
  "R-" + Array.from(crypto.getRandomValues(new Uint8Array(4)), n => letters[n % 32]).join("");
let state = { reader: fresh(), at: 0, answers: {} };
try {  // some browsers keep nothing for a page from a file
  state = JSON.parse(localStorage.getItem(told.page)) || state;
} catch {}
const keep = () => { try { localStorage.setItem(told.page, JSON.stringify(state)); } catch {} };
const answered = () => told.questions.filter(q => state.answers[q.key]?.answer).length;
const title = text => text[0].toUpperCase() + text.slice(1);

const choices = told.answers.map((answer, n) => {
  const button = document.createElement("button");
  const stroke = document.createElement("kbd");
  stroke.textContent = sideBySide ? n + 1 : answer[0];
  button.append(title(answer), stroke);
  button.onclick = () => choose(answer);
  $("choices").append(button);
  return button;
});

function show() {
  const { key, files } = told.questions[state.at];
  const given = state.answers[key] || {};
  $("where").textContent = `${key}, ${state.at + 1} of ${count}`;
  $("pictures").replaceChildren(...files.map((file, n) => {
    const image = new Image();
    image.src = file;
    image.alt = pair ? `${key}, ${n ? "right" : "left"} picture` : `${key}, picture`;
    const button = document.createElement("button");
    button.title = "Enlarge";
    button.append(image);
    button.onclick = () => { $("large").firstChild.src = file; $("large").showModal(); };
    return button;
  }));
  $("why").value = given.why || "";
  (told.questions[state.at + 1]?.files || []).forEach(file => { new Image().src = file; });
  mark();
}

function mark() {
  const given = state.answers[told.questions[state.at].key]?.answer;
  choices.forEach((button, n) => button.setAttribute("aria-pressed", told.answers[n] === given));
  const done = answered();
  $("progress").max = count;
  $("progress").value = done;
  $("back").disabled = state.at === 0;
  $("next").disabled = state.at === count - 1 || !given;
  $("download").disabled = done < count;
  $("download").textContent = done < count ? `Download (${count - done} to go)` : "Download answers";
  keep();
}

function write(part) {
  const { key } = told.questions[state.at];
  state.answers[key] = { ...state.answers[key], ...part };
  mark();
}
const choose = answer => write({ answer });
function go(step) {
  const to = state.at + step;
  if (to < 0 || to >= count || (step > 0 && $("next").disabled)) return;
  state.at = to;
  show();
  document.activeElement.blur();
}

$("question").textContent = told.question;
$("reader").value = state.reader;
$("reader").oninput = event => { state.reader = event.target.value.trim(); keep(); };
$("why").oninput = event => write({ why: event.target.value });
$("back").onclick = () => go(-1);
$("next").onclick = () => go(1);
const rest = () => document.activeElement.blur();  // so that Enter means the next one, not the picture again
$("large").onclick = () => { $("large").close(); rest(); };
$("large").onclose = rest;
$("download").onclick = () => {
  if (!state.reader) { state.reader = fresh(); $("reader").value = state.reader; keep(); }
  const answers = Object.fromEntries(told.questions.map(q => [q.key, { why: "", ...state.answers[q.key] }]));
  const text = JSON.stringify({ page: told.page, reader: state.reader, answers }, null, 1) + "\\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `answers-${told.page}-${state.reader.replace(/[^\\w-]/g, "_")}.json`;
  link.click();
};
document.addEventListener("keydown", event => {
  if ($("large").open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input")) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter" && event.target.id === "why") { event.preventDefault(); go(1); }
    return;
  }
  const pressed = event.key.toLowerCase();
  const n = pressed === "1" || pressed === "2" ? pressed - 1 : sideBySide ? -1 : ["y", "n"].indexOf(pressed);
  if (n >= 0) { event.preventDefault(); choose(told.answers[n]); $("why").focus(); }
  else if (pressed === "arrowleft") go(-1);
  else if (pressed === "arrowright") go(1);
  else if (pressed === "enter" && !event.target.matches("button")) go(1);
});
state.at = Math.min(state.at, count - 1);
show();
</script>
</html>
"""
