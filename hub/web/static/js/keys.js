// Single keys, off while typing; can be switched off for this computer (WCAG 2.1.4).

import { tick } from "./several.js";

const OFF = "hub-keys-off";
const PATIENCE = 1500; // milliseconds between g and the letter of a place

let going = null; // the timer that runs since g

export function startKeys() {
  const dialog = document.querySelector("#keys");
  const opener = document.querySelector("#show-keys");
  const enabled = document.querySelector("#keys-on");
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  closeActions();
  startPressing(enabled);
}

/** Whoever stands on a key (data-key) is used by it. `enabled`: the checkbox that switches single keys on and off. */
export function startPressing(enabled) {
  enabled.checked = !localStorage.getItem(OFF);
  showKeys(enabled.checked);
  enabled.addEventListener("change", () => {
    if (enabled.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
    showKeys(enabled.checked);
  });
  document.addEventListener("keydown", (event) => {
    if (!enabled.checked || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  });
}

/** An open action closes on Escape, and when somebody clicks elsewhere. */
function closeActions() {
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector("details.action[open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    const open = document.querySelector("details.action[open]");
    if (open && !open.contains(event.target)) open.open = false;
  });
}

function showKeys(on) {
  document.body.classList.toggle("keys-off", !on);
}

function isTyping(element) {
  return element.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])") !== null;
}

/** Whether the key meant something here. */
function press(key) {
  if (going) return go(key);
  if (key === "g") return awaitPlace();
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (key === "x") return tick();
  const target = key.length === 1 ? document.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
  if (!target) return false;
  use(target);
  return true;
}

function awaitPlace() {
  going = setTimeout(() => { going = null; }, PATIENCE);
  return true;
}

/** To the place of this letter; of several queues to the one that is shown, else the first. */
function go(key) {
  clearTimeout(going);
  going = null;
  const places = [...document.querySelectorAll(`[data-go="${CSS.escape(key)}"]`)];
  (places.find((place) => place.hasAttribute("aria-current")) ?? places[0])?.click();
  return true;
}

function use(target) {
  if (target.matches("details")) {
    target.open = true;
    target.querySelector("select, input:not([type=hidden])").focus();
  } else if (target.matches("textarea")) {
    document.querySelector(target.id === "note-text" ? "#kind-note" : "#kind-reply").checked = true;
    target.focus();
  } else if (target.matches("select")) {
    target.focus();
  } else if (target.matches("input")) {
    target.focus();
    target.select();
  } else {
    target.click();
  }
}

function move(step) {
  const places = [...document.querySelectorAll("[data-move]")];
  if (!places.length) return false;
  const here = places.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : places.length - 1) : here + step;
  places[Math.max(0, Math.min(places.length - 1, next))].focus();
  return true;
}
