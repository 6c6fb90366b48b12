// Who the citizen is: folded below the heading on a phone, open beside the conversation on a desk.

const BESIDE = "(min-width: 60rem)"; // as in console.css

export function startFolding() {
  const fold = document.querySelector("#citizen-fold");
  if (!fold) return;
  const beside = matchMedia(BESIDE);
  function follow() {
    fold.open = beside.matches;
  }
  beside.addEventListener("change", follow);
  follow();
}
