// The portrait slides over the photograph. Without it they stand side by side.
for (const figure of document.querySelectorAll("[data-compare]")) {
  const slide = figure.querySelector(".compare-slide");
  const input = slide.querySelector("input");
  const show = () => figure.style.setProperty("--shown", `${input.value}%`);
  figure.classList.add("over");
  slide.hidden = false;
  input.addEventListener("input", show);
  show();
}
