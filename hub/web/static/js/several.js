// Several cases of a list: how many are ticked, all of them at once, from one to another with Shift, and with a key.
// Without this script the boxes and the form below the list do the same one by one.

let last = null; // the box that was used last

export function startSeveral() {
  const form = document.querySelector("[data-several]");
  if (!form) return;
  const all = form.querySelector("[data-all]");
  all.hidden = false;
  all.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    for (const box of boxes()) box.checked = button.value === "all";
    count(form);
    if (button.value === "") boxes()[0]?.focus(); // the form, and this button in it, is gone
  });
  document.addEventListener("click", (event) => {
    if (!event.target.matches(".case-tick input")) return;
    if (event.shiftKey && last?.isConnected) tickBetween(last, event.target);
    last = event.target;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches(".case-tick input")) count(form);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    event.target.closest(".action-form").querySelector("button").click();
  });
  new MutationObserver(() => count(form)).observe(document.querySelector("#main"), { childList: true, subtree: true });
  count(form);
}

function boxes() {
  return [...document.querySelectorAll(".case-tick input")];
}

function tickBetween(one, other) {
  const every = boxes();
  const [first, second] = [every.indexOf(one), every.indexOf(other)].sort((a, b) => a - b);
  for (const box of every.slice(first, second + 1)) box.checked = other.checked;
}

function count(form) {
  const ticked = boxes().filter((box) => box.checked).length;
  const words = ticked ? `${ticked} ticked` : "With the ticked cases";
  const place = form.querySelector("[data-count]");
  if (place.textContent !== words) place.textContent = words;
}

/** Ticks the case whose link has the focus, or takes the tick away; false when there is none. */
export function tick() {
  const box = document.activeElement.closest(".case")?.querySelector(".case-tick input");
  box?.click();
  return Boolean(box);
}
