// Counts what is picked, and keeps more than the sheet has room for from being picked. Without it the server counts.
const form = document.querySelector(".basket");
const most = Number(form.dataset.most);
const count = form.querySelector("[data-count]");
const boxes = [...form.querySelectorAll("input[name=style]")];

function show() {
  const picked = boxes.filter((box) => box.checked).length;
  count.value = picked;
  for (const box of boxes) box.disabled = !box.checked && picked >= most;
}

form.addEventListener("change", show);
show();
