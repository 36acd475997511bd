// A loupe at 100 %: the picture's own pixels under the pointer, from tiles of the full portrait. The link to the
// file does without it.
const plate = document.querySelector("[data-loupe]");
const picture = plate.querySelector("img");
const loupe = plate.querySelector(".loupe");
const button = document.querySelector("[data-loupe-switch]");
const [width, height, side] = ["width", "height", "side"].map((name) => Number(plate.dataset[name]));
const tiles = new Map();
let at = { x: 0.5, y: 0.4 };

function tile(column, row) {
  const key = `${column}-${row}`;
  if (!tiles.has(key)) {
    const image = new Image();
    image.alt = "";
    image.src = plate.dataset.loupe.replace(/0-0\.jpg$/, `${key}.jpg`); // an id may hold "0-0", too
    loupe.append(image);
    tiles.set(key, image);
  }
  return tiles.get(key);
}

// One pixel of the portrait is one pixel of the screen.
function show() {
  const box = picture.getBoundingClientRect();
  const scale = 1 / devicePixelRatio;
  const size = loupe.clientWidth;
  loupe.style.left = `${at.x * box.width - size / 2}px`;
  loupe.style.top = `${at.y * box.height - size / 2}px`;
  const left = at.x * width - size / scale / 2;
  const top = at.y * height - size / scale / 2;
  const wanted = new Set();
  for (let row = Math.max(0, Math.floor(top / side)); row * side < Math.min(height, top + size / scale); row++) {
    for (let column = Math.max(0, Math.floor(left / side)); column * side < Math.min(width, left + size / scale); column++) {
      const image = tile(column, row);
      image.style.transform = `translate(${(column * side - left) * scale}px, ${(row * side - top) * scale}px) scale(${scale})`;
      wanted.add(image);
    }
  }
  for (const image of tiles.values()) image.hidden = !wanted.has(image);
}

function move(x, y) {
  at = { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
  show();
}

button.addEventListener("click", () => {
  loupe.hidden = !loupe.hidden;
  button.setAttribute("aria-pressed", String(!loupe.hidden));
  if (!loupe.hidden) {
    show();
    loupe.focus();
  }
});
plate.addEventListener("pointermove", (event) => {
  if (loupe.hidden) return;
  const box = picture.getBoundingClientRect();
  move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
});
loupe.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key === "Escape") button.click();
  if (!(event.key in steps)) return;
  event.preventDefault();
  const [x, y] = steps[event.key];
  move(at.x + (x * 64) / width, at.y + (y * 64) / height);
});
addEventListener("resize", () => loupe.hidden || show());
button.hidden = false;
