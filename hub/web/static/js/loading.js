// A page that takes long says so: who waits for an answer past the blink of an eye sees and hears that it is coming.

const PATIENCE = 300; // milliseconds
const GIVEN_UP = 20_000; // by then it came, failed, or was a download

export function startLoading() {
  let waiting = null;
  function begin() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      show(true);
      waiting = setTimeout(() => show(false), GIVEN_UP);
    }, PATIENCE);
  }
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) begin();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!link.target && !link.download && link.origin === location.origin && !link.hash) begin();
  });
  addEventListener("pageshow", () => {
    clearTimeout(waiting);
    show(false);
  });
}

function show(on) {
  if (document.body.classList.contains("is-loading") === on) return;
  document.body.classList.toggle("is-loading", on);
  document.querySelector("#announcer").textContent = on ? "Loading…" : "";
}
