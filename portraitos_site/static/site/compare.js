// The portrait slides over the photograph. Where scripts are off the stylesheet puts them side by side.
for (const figure of document.querySelectorAll("[data-compare]")) {
  const input = figure.querySelector(".compare-slide input");
  const show = () => figure.style.setProperty("--shown", `${input.value}%`);
  input.addEventListener("input", show);
  show();
}
