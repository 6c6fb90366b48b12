// Writing: counts the parts of a text, keeps drafts while the tab is open, sends on Ctrl+Enter, and only once.

import { countParts } from "./parts.js";

const SENDING = "hub-sending"; // the draft that left with the last form; forgotten when the page says that it worked

const DRAFT = "hub-draft:";

export function startComposer() {
  document.querySelector('form[action="/sign-out"]').addEventListener("submit", forgetAll);
  const forms = [...document.querySelectorAll("form[data-draft]")];
  if (!forms.length) return;
  forgetSent();
  for (const form of forms) {
    keepDraft(form);
    sendByKey(form);
  }
  for (const form of document.querySelectorAll('form[method="post"]')) sendOnce(form);
  countParts();
}

function forgetAll() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(DRAFT)) sessionStorage.removeItem(key);
  }
}

function forgetSent() {
  const sent = sessionStorage.getItem(SENDING);
  if (sent && document.body.dataset.said) sessionStorage.removeItem(sent);
  sessionStorage.removeItem(SENDING);
}

function keepDraft(form) {
  const key = DRAFT + form.dataset.draft;
  const text = form.querySelector("textarea");
  if (text.value) sessionStorage.setItem(key, text.value); // what came back, refused or taken back
  else text.value = sessionStorage.getItem(key) ?? "";
  text.addEventListener("input", () => {
    if (text.value) sessionStorage.setItem(key, text.value);
    else sessionStorage.removeItem(key);
  });
  form.addEventListener("submit", () => sessionStorage.setItem(SENDING, key));
}

function sendByKey(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button"));
    }
  });
}

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => delete form.dataset.sent);
}
