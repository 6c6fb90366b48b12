// The form of one rule: conditions come and go without loading the page, and the message is tried while one writes.
// Each is the form's own button, pressed by the script: of the page that comes, the parts that changed are taken.

const PAUSE = 400; // ms after the last key
const PATIENCE = 300; // ms until it is said that the answer is waited for
const LONGEST = 20_000; // ms that an answer may take

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
  const { page } = await pressed(form, button.name, button.value);
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
    const patience = setTimeout(() => wait(true), PATIENCE);
    const answer = await pressed(form, "do", "try", mine.signal);
    clearTimeout(patience);
    if (mine.signal.aborted) return; // another try is under way
    wait(false);
    show(answer);
  }
  function later() {
    clearTimeout(waiting);
    if (form.elements["try.text"].value.trim()) waiting = setTimeout(now, PAUSE);
  }
  later.now = now;
  return later;
}

/** For eyes alone: whoever listens hears the answer. */
function wait(isWaiting) {
  document.querySelector("#tried-wait").hidden = !isWaiting;
  document.querySelector("#tried").ariaBusy = String(isWaiting);
}

const FAILED = {
  away: "It could not be tried: the hub doesn’t answer. Check the connection, then press the button to try again.",
  slow: "It could not be tried: the hub took too long to answer. Press the button to try again.",
  signedOut: "It could not be tried: you are signed out. Sign in in another window, then press the button to try again.",
  broken: "It could not be tried: the hub met a fault. What you wrote is still here; press the button to try again.",
};

function show({ page, failed }) {
  const verdict = document.querySelector("#tried-verdict");
  const detail = document.querySelector("#tried-detail");
  const fresh = page?.querySelector("#tried-verdict");
  const words = fresh ? fresh.textContent : FAILED[failed ?? "broken"];
  if (verdict.textContent !== words) verdict.textContent = words; // said again only when it changed
  verdict.className = fresh?.className ?? "";
  const wasOpen = detail.querySelector("details")?.open;
  detail.replaceChildren(...(page?.querySelector("#tried-detail")?.childNodes ?? []));
  if (wasOpen && detail.querySelector("details")) detail.querySelector("details").open = true;
}

/** The `page` that comes of this button; where none does, why it `failed`. */
async function pressed(form, name, value, stop) {
  const sent = new URLSearchParams(new FormData(form));
  sent.set(name, value);
  const late = AbortSignal.timeout(LONGEST);
  const signal = stop ? AbortSignal.any([stop, late]) : late;
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin", signal });
    if (answer.redirected) return { failed: "signedOut" };
    return { page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  } catch {
    return { failed: late.aborted ? "slow" : "away" };
  }
}
