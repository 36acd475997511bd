// Counts what is picked, keeps more than the sheet has room for from being picked, and shows less of a long sheet.
// Without it the server counts, and the sheet is shown whole.
const form = document.querySelector(".basket");
const most = Number(form.dataset.most);
const count = form.querySelector("[data-count]");
const boxes = [...form.querySelectorAll("input[name=style]")];
const lists = [...form.querySelectorAll("select[data-narrow]")];
const onlyChosen = form.querySelector("input[data-narrow]");

function show() {
  const picked = boxes.filter((box) => box.checked).length;
  count.value = picked;
  for (const box of boxes) box.disabled = !box.checked && picked >= most;
}

function wanted(frame) {
  if (onlyChosen.checked && !frame.querySelector("input").checked) return false;
  return lists.every((list) => !list.value || frame.dataset[list.dataset.narrow] === list.value);
}

function narrow() {
  for (const frame of form.querySelectorAll(".pick")) frame.hidden = !wanted(frame);
  for (const shelf of form.querySelectorAll(".shelves > section")) {
    shelf.hidden = !shelf.querySelector(".pick:not([hidden])");
    form.querySelector(`.jump [href="#${shelf.id}"]`).hidden = shelf.hidden;
  }
  form.querySelector("[data-nothing]").hidden = Boolean(form.querySelector(".pick:not([hidden])"));
}

form.addEventListener("change", show);
for (const control of [...lists, onlyChosen]) control.addEventListener("change", narrow);
form.querySelector(".narrow").hidden = false;
show();
