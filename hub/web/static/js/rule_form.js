// The form of one rule: conditions come and go without loading the page, and the message is tried while one writes.
// Each is the form's own button, pressed by the script: of the page that comes, the parts that changed are taken.

const PAUSE = 400; // ms after the last key

export function startRuleForm() {
  const form = document.querySelector("#rule");
  if (!form) return;
  const tryIt = tryLater(form);
  form.addEventListener("submit", async (event) => {
    if (form.dataset.plain) return;
    if (event.submitter?.value === "try") {
      event.preventDefault();
      tryIt.now();
    } else if (event.submitter && "part" in event.submitter.dataset) {
      event.preventDefault();
      await changeConditions(form, event.submitter);
      tryIt();
    }
  });
  form.addEventListener("input", () => tryIt());
  form.addEventListener("change", () => tryIt());
}

async function changeConditions(form, button) {
  if (form.dataset.changing) return;
  form.dataset.changing = "yes";
  const page = await pressed(form, button.name, button.value);
  delete form.dataset.changing;
  const fresh = page?.querySelector("#conditions");
  if (!fresh) {
    form.dataset.plain = "yes"; // without the script's help
    form.requestSubmit(button);
    return;
  }
  document.querySelector("#conditions").replaceWith(fresh);
  fresh.querySelector("[autofocus]")?.focus();
}

function tryLater(form) {
  let waiting = null;
  let latest = null;
  async function now() {
    clearTimeout(waiting);
    latest?.abort();
    const mine = (latest = new AbortController());
    const page = await pressed(form, "do", "try", mine.signal);
    if (mine.signal.aborted) return;
    show(page);
  }
  function later() {
    clearTimeout(waiting);
    if (form.elements["try.text"].value.trim()) waiting = setTimeout(now, PAUSE);
  }
  later.now = now;
  return later;
}

function show(page) {
  const verdict = document.querySelector("#tried-verdict");
  const detail = document.querySelector("#tried-detail");
  const fresh = page?.querySelector("#tried-verdict");
  const words = fresh ? fresh.textContent : "It could not be tried: the hub doesn’t answer. Press the button to try again.";
  if (verdict.textContent !== words) verdict.textContent = words; // said again only when it changed
  verdict.className = fresh?.className ?? "";
  const wasOpen = detail.querySelector("details")?.open;
  detail.replaceChildren(...(page?.querySelector("#tried-detail")?.childNodes ?? []));
  if (wasOpen && detail.querySelector("details")) detail.querySelector("details").open = true;
}

/** The page that comes of this button; null when none does. */
async function pressed(form, name, value, signal) {
  const sent = new URLSearchParams(new FormData(form));
  sent.set(name, value);
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin", signal });
    if (answer.redirected) return null; // signed out meanwhile
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null; // offline, or another try took its place: the caller says so
  }
}
