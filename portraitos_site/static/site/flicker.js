// The selfie in the portrait's place while the button is held, or until it is pressed again from the keyboard.
const selfie = document.querySelector("[data-flicker]");
const button = document.querySelector("[data-flicker-switch]");

function show(on) {
  if (on && !selfie.src) selfie.src = selfie.dataset.flicker;
  selfie.hidden = !on;
  button.setAttribute("aria-pressed", String(on));
}

button.addEventListener("pointerdown", () => show(true));
for (const end of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(end, () => show(false));
button.addEventListener("keydown", (event) => {
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    if (!event.repeat) show(selfie.hidden);
  }
});
button.hidden = false;
