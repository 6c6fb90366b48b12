// Sends what the forms say to the simulator's API, and merges the server's rendered lists into the page every second.
const { root, citizen, phone, mail } = document.body.dataset;
const FROM = { text: phone, call: phone, mail };
let version = Number(document.body.dataset.version);

async function post(path, order) {
  const answer = await fetch(`${root}/api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

// Runs an action and says in words how it went, beside the form that it belongs to.
async function tell(outcome, action, done) {
  outcome.classList.remove("bad");
  try {
    await action();
    outcome.textContent = done;
  } catch (error) {
    outcome.textContent = error.message || "The simulator can't be reached.";
    outcome.classList.add("bad");
  }
  await refresh();
}

/** A file as the API takes it. */
async function pictureOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let start = 0; start < bytes.length; start += 32768) binary += String.fromCharCode(...bytes.subarray(start, start + 32768));
  return { name: file.name, media_type: file.type, content: btoa(binary) };
}

async function orderOf(form) {
  const order = { from: FROM[form.dataset.api] };
  for (const { name, type, value, checked } of form.elements) if (name) order[name] = type === "checkbox" ? checked : value;
  const [file] = form.querySelector("[type=file]")?.files ?? [];
  if (file) order.picture = await pictureOf(file);
  if (order.in_reply_to) Object.assign(order, { to: "", subject: "" });
  return order;
}

for (const form of document.querySelectorAll("form[data-api]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell(form.querySelector(".outcome"), async () => {
      await post(form.dataset.api, await orderOf(form));
      for (const words of form.querySelectorAll("textarea, #mail-subject")) words.value = "";
      for (const tick of form.querySelectorAll("[name=picture]")) tick.checked = false;
      for (const file of form.querySelectorAll("[type=file]")) file.value = "";
      if (form.id === "mail") answer("", "");
    }, form.dataset.api === "call" ? "" : "Sent.");
  });
}

// --- telephones: the citizen's and the agent's ---

function inCall(telephone, path, order) {
  const call = telephone.querySelector("[data-part] ol").dataset.id;
  return tell(telephone.querySelector("form[data-call] .outcome"), async () => {
    if (!call) throw new Error("There is no call yet.");
    await post(`call/${call}/${path}`, order);
  }, "");
}

for (const form of document.querySelectorAll("form[data-call=speak]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = form.elements.text;
    inCall(form.closest("[data-telephone]"), "speak", { text: words.value }).then(() => (words.value = ""));
  });
}

/** A telephone shows what can be done with it: call while it is idle, answer while it rings, else talk. */
function showWhatItDoes() {
  for (const telephone of document.querySelectorAll("[data-telephone]")) {
    const { live, waiting } = telephone.querySelector("[data-part] ol").dataset;
    const now = !live ? "idle" : waiting === "ringing" ? "ringing" : "call";
    for (const part of telephone.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== now;
  }
}
showWhatItDoes();

function play(scene) {
  return tell(document.querySelector("#scene-outcome"), async () => {
    const { played } = await post(`scene/${scene}`, {});
    setTimeout(() => (document.querySelector("#scene-outcome").textContent = played));
  }, "");
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || !button.dataset) return;
  const telephone = button.closest("[data-telephone]");
  if (button.dataset.call === "press") inCall(telephone, "press", { digits: button.dataset.digits });
  if (button.dataset.call === "hangup") inCall(telephone, "hangup", {});
  if (button.dataset.call === "answer") inCall(telephone, "answer", {});
  if (button.dataset.call === "decline") inCall(telephone, "decline", {});
  if (button.dataset.scene) play(button.dataset.scene);
  if (button.dataset.reply) answer(button.dataset.reply, button.dataset.subject);
  if ("newMail" in button.dataset) answer("", "");
});

// --- the mailbox ---

function answer(messageId, subject) {
  const form = document.querySelector("#mail");
  const replying = form.querySelector(".replying");
  form.elements.in_reply_to.value = messageId;
  replying.hidden = !messageId;
  replying.querySelector("span").textContent = `Replying to “${subject}”.`;
  for (const field of form.querySelectorAll("[data-new]")) field.hidden = Boolean(messageId);
  if (messageId) form.elements.text.focus();
}

// --- what is new ---

// The newest is seen: mails begin with it, the others end with it.
const showNewest = (list) => (list.scrollTop = list.dataset.part === "mails" ? 0 : list.scrollHeight);

for (const list of document.querySelectorAll("[data-part]")) showNewest(list);

// A look that fails is made again a second later.
const refresh = () => look().catch(() => {});

async function look() {
  const answer = await fetch(`${root}/api/state?since=${version}`);
  if (!answer.ok) return;
  const news = await answer.json();
  if (news.version === version) return;
  version = news.version;
  await Promise.all([...document.querySelectorAll("[data-part]")].map(merge));
}

// New items are put in, changed ones replaced; the rest stays as it is, so that nothing is announced twice.
async function merge(list) {
  const answer = await fetch(`${root}/parts/${list.dataset.part}?citizen=${encodeURIComponent(citizen)}`);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [items, wanted] = [list.querySelector("ol"), fresh.querySelector("ol")];
  for (const name of Object.keys(items.dataset)) delete items.dataset[name];
  Object.assign(items.dataset, wanted.dataset);
  showWhatItDoes();
  const kept = new Set([...wanted.children].map((item) => item.id));
  for (const item of [...items.children]) if (!kept.has(item.id)) item.remove();
  let isNew = false;
  [...wanted.children].forEach((item, index) => {
    const current = document.getElementById(item.id);
    if (!current) {
      items.insertBefore(item, items.children[index] || null);
      isNew = true;
      speak(item);
    } else if (!current.isEqualNode(item)) current.replaceWith(item);
  });
  const [empty, words] = [list.querySelector(".empty"), fresh.querySelector(".empty").textContent.trim()];
  if (empty.textContent.trim() !== words) empty.textContent = words;
  if (isNew) showNewest(list);
}

function speak(item) {
  if (item.dataset.kind !== "say" || !document.querySelector("#aloud")?.checked) return;
  const words = new SpeechSynthesisUtterance(item.textContent.trim());
  words.lang = item.lang;
  speechSynthesis.speak(words);
}

// One at a time, and none while nobody looks.
async function watch() {
  if (!document.hidden) await refresh();
  setTimeout(watch, 1000);
}
watch();
