// Beside the words of a reply: files go up as soon as they are chosen, a template is inserted where the cursor is,
// and what only a mail has is shown only for a mail. Without this script the buttons do the same by a page.

export function startEnclosing() {
  const form = document.querySelector(".composer-reply");
  if (!form || form.tagName !== "FORM") return;
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=file])")) event.preventDefault();
  });
  showFor(form);
  insertTemplates(form);
  attachAtOnce(form);
}

function showFor(form) {
  const channel = form.querySelector("#reply-channel");
  function show() {
    const way = channel.selectedOptions[0];
    for (const part of form.querySelectorAll("[data-only]")) part.hidden = part.dataset.only !== channel.value;
    for (const part of form.querySelectorAll("[data-with-files]")) part.hidden = !way?.dataset.files;
    const limits = form.querySelector("#files-limits");
    if (limits && way?.dataset.files) limits.textContent = way.dataset.files;
    for (const option of form.querySelectorAll("#reply-template option[data-channels]")) {
      option.hidden = option.disabled = !option.dataset.channels.split(" ").includes(channel.value);
    }
  }
  channel.addEventListener("change", show);
  show();
}

function insertTemplates(form) {
  const chosen = form.querySelector("#reply-template");
  if (!chosen) return;
  const text = form.querySelector("#reply-text");
  function insert(event) {
    event.preventDefault();
    const words = chosen.selectedOptions[0]?.dataset.text;
    if (!words) return;
    text.focus();
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    chosen.value = "";
  }
  form.querySelector("#insert-template").addEventListener("click", insert);
  chosen.addEventListener("keydown", (event) => {
    if (event.key === "Enter") insert(event);
  });
}

function attachAtOnce(form) {
  const files = form.querySelector("#reply-files");
  if (files) {
    const button = form.querySelector("#attach");
    button.hidden = true;
    files.addEventListener("change", () => send(form, button));
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="remove"]');
    if (!button) return;
    event.preventDefault();
    send(form, button);
  });
}

async function send(form, button) {
  const body = new FormData(form, button);
  if (button.name === "remove") body.delete("files");
  say("Working…");
  let page = null;
  try {
    const answer = await fetch(button.formAction, { method: "POST", body, headers: { Accept: "text/html" } });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    page = null;
  }
  const fresh = page?.querySelector("#composer-files");
  if (!fresh) {
    say("That didn’t work. Try again, or load the page anew: what you wrote is kept.");
    return;
  }
  form.querySelector("#composer-files").replaceWith(fresh);
  const files = form.querySelector("#reply-files");
  if (files) {
    files.value = "";
    files.focus();
  }
  const count = fresh.querySelectorAll("li").length;
  say(count === 1 ? "1 file goes along." : `${count} files go along.`);
}

function say(words) {
  document.querySelector("#announcer").textContent = words;
}
