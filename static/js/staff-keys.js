// j and k move through the list, Enter opens; nothing here works only this way.
const rows = [...document.querySelectorAll("[data-keys] .row")];
let here = -1;
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || !rows.length) return;
  if (event.key === "j" || event.key === "k") {
    rows[here]?.classList.remove("here");
    here = Math.min(Math.max(here + (event.key === "j" ? 1 : -1), 0), rows.length - 1);
    rows[here].classList.add("here");
    rows[here].scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && here >= 0 && event.target === document.body) {
    rows[here].querySelector("a").click();
  }
});
