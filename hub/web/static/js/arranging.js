// Rules in another order: dragged by their handles, or moved by their buttons without the page going away.
// The server says the new list; without this script the same forms do the same.

const EDGE = 48; // pixels from the window's edge where dragging scrolls
const STEP = 16;

export function startArranging() {
  if (!document.querySelector("#turns")) return;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#turns form[data-moves]")) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    if (handle && event.button === 0) drag(event, handle);
  });
  showHandles();
}

function showHandles() {
  for (const handle of document.querySelectorAll("#turns [data-handle]")) handle.hidden = false;
}

async function send(form) {
  const turns = document.querySelector("#turns");
  if (turns.ariaBusy === "true") return;
  turns.ariaBusy = "true";
  const page = await answered(form);
  const fresh = page?.querySelector("#turns");
  if (!fresh) {
    form.submit(); // the page says what is wrong
    return;
  }
  turns.replaceWith(document.adoptNode(fresh));
  showHandles();
  const focused = fresh.querySelector("[autofocus]");
  focused?.focus({ preventScroll: true });
  focused?.scrollIntoView({ block: "nearest" });
  document.querySelector("#announcer").textContent = fresh.dataset.moved ?? "";
}

async function answered(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

function drag(down, handle) {
  down.preventDefault();
  const rule = handle.closest("li");
  const turns = [...document.querySelectorAll("#turns [data-turn]")];
  const began = down.clientY + window.scrollY;
  let into = null; // the turn it would be dropped into, and as which number of its rules
  let to = null;
  handle.setPointerCapture(down.pointerId);
  rule.classList.add("rule-dragged");

  function move(event) {
    if (event.clientY < EDGE) window.scrollBy(0, -STEP);
    if (event.clientY > window.innerHeight - EDGE) window.scrollBy(0, STEP);
    rule.style.transform = `translateY(${event.clientY + window.scrollY - began}px)`;
    into = nearest(turns, event.clientY);
    const others = [...into.querySelectorAll("[data-place]")].filter((each) => each !== rule);
    to = others.filter((each) => middle(each) < event.clientY).length;
    unmark();
    if (to < others.length) others[to].classList.add("drop-before");
    else (others.at(-1) ?? into).classList.add("drop-after");
  }

  function stop() {
    unmark();
    rule.classList.remove("rule-dragged");
    rule.style.transform = "";
    handle.removeEventListener("pointermove", move);
    handle.removeEventListener("pointerup", drop);
    handle.removeEventListener("pointercancel", stop);
    document.removeEventListener("keydown", cancel);
  }

  function drop() {
    const before = [...rule.parentElement.children].indexOf(rule);
    stop();
    if (to === null || (into === rule.parentElement && to === before)) return;
    const form = document.querySelector("#drop");
    form.elements.place.value = rule.dataset.place;
    form.elements.group.value = into.dataset.turn;
    form.elements.to.value = String(to);
    send(form);
  }

  function cancel(event) {
    if (event.key === "Escape") stop();
  }

  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", drop);
  handle.addEventListener("pointercancel", stop);
  document.addEventListener("keydown", cancel);
}

function unmark() {
  for (const each of document.querySelectorAll(".drop-before, .drop-after")) {
    each.classList.remove("drop-before", "drop-after");
  }
}

/** The one that is at this height of the window, or the least away. */
function nearest(elements, height) {
  const away = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return Math.max(top - height, height - bottom, 0);
  };
  return elements.reduce((best, each) => (away(each) < away(best) ? each : best));
}

function middle(element) {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
}
