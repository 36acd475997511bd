// Drop, paste and preview for the upload page, which works without it.

const form = document.querySelector("[data-upload]");
const [file, camera] = form.querySelectorAll("input[type=file]");
const drop = form.querySelector("[data-drop]");
const chosen = form.querySelector("[data-chosen]");
const preview = form.querySelector("[data-preview]");
const caption = form.querySelector("[data-name]");
const hint = form.querySelector("[data-hint]");

hint.hidden = false;

function show(picture) {
  URL.revokeObjectURL(preview.src);
  preview.hidden = false;
  preview.src = URL.createObjectURL(picture);
  caption.textContent = picture.name;
  chosen.hidden = false;
}

function say(sentence) {
  file.value = camera.value = "";
  preview.hidden = true;
  caption.textContent = sentence;
  chosen.hidden = false;
}

function isFilm(one) {
  return one.type.startsWith("video/") || /\.(mov|mp4|m4v|avi|mkv|webm|3gp|mpe?g|mts|hevc)$/i.test(one.name);
}

// What is no picture for this browser may be one for the server, which answers with a sentence of its own.
// Only what cannot be sent at all is refused here, and never without a word.
function refusal(files) {
  if (files.length > 1) return `These are ${files.length} files. Choose one photograph.`;
  if (!files.length) return "No file came with this. Choose a photograph.";
  return isFilm(files[0]) ? `${files[0].name} is a film. Choose a photograph.` : "";
}

function take(files) {
  const sentence = refusal(files);
  if (sentence) return say(sentence);
  const holder = new DataTransfer();
  holder.items.add(files[0]);
  file.files = holder.files;
  camera.value = "";
  show(files[0]);
}

// Not every browser can show a HEIC; its name says enough then, and of an empty file that it is empty.
preview.addEventListener("error", () => {
  const [sent] = [...file.files, ...camera.files];
  preview.hidden = true;
  caption.textContent = sent && !sent.size
    ? `You chose ${sent.name}, and it is empty. Choose another file.`
    : `You chose ${sent ? sent.name : "a file"}. This browser cannot show it; send it, and we will say whether we can read it.`;
});

for (const [input, other] of [[file, camera], [camera, file]]) {
  input.addEventListener("change", () => {
    if (!input.files.length) return;
    const sentence = refusal(input.files);
    if (sentence) return say(sentence);
    other.value = "";
    show(input.files[0]);
  });
}

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) take(event.clipboardData.files); // pasted text is for the browser
});
form.addEventListener("submit", () => form.setAttribute("aria-busy", "true"));
