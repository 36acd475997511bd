"""The page on which a reader answers, one question at a time."""

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
  #choices { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 12px }
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
  @media (max-width: 600px) { #pictures.stacked { grid-auto-flow: row }
    #pictures img { max-height: calc(100dvh - 400px) }
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
const count = told.questions.length;
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
  button.append(title(answer), ...(answer.length > 1 ? [stroke] : []));
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
    image.alt = `${key}, ${file.slice(key.length + 1, -4)} picture`.replace(",  ", ", ");
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
// Light plans on half a phone's width cannot be read.
$("pictures").className = told.answers.length > 2 ? "stacked" : "";
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
  const strokes = told.answers.map((answer, n) => [String(n + 1), sideBySide ? "" : answer[0].toLowerCase()]);
  const n = strokes.findIndex(known => known.includes(pressed));
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
