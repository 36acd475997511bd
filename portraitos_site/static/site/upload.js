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

function take(files) {
  const picture = [...files].find((one) => one.type.startsWith("image/") || /\.hei[cf]$/i.test(one.name));
  if (!picture) return;
  const holder = new DataTransfer();
  holder.items.add(picture);
  file.files = holder.files;
  camera.value = "";
  show(picture);
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
document.addEventListener("paste", (event) => take(event.clipboardData.files));
form.addEventListener("submit", () => form.setAttribute("aria-busy", "true"));
