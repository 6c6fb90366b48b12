// Pages that keep up: the parts of a page that changed are fetched and morphed in, without moving scroll or focus.

import { listen } from "./socket.js";
import { startUndoing } from "./undoing.js";

const PAUSE = 150; // milliseconds in which several events become one look
const LIST_PAUSE = 1000; // many desks look at once: not more often than this
const PHONE_PAUSE = 2000;
const OVERVIEW_PAUSE = 5000; // everything that happens anywhere changes it
const REPLAY_PAUSE = 1000;
const NEAR = 48; // pixels from the end that count as "at the end"

/** The case page: what is new appears in the conversation; who reads further up is told that it is there. */
export function startCase(reference) {
  const talk = document.querySelector("#conversation");
  talk.scrollTop = talk.scrollHeight;
  document.querySelector("#below button").addEventListener("click", () => {
    showEnd(document.querySelector("#conversation"));
  });
  let following = true; // who is at the end stays there, also when a picture above has come and takes its room
  talk.addEventListener("scroll", () => {
    following = isAtEnd(talk);
    if (following) document.querySelector("#below").hidden = true;
  }, { passive: true });
  const follow = () => {
    if (following) talk.scrollTop = talk.scrollHeight;
  };
  talk.addEventListener("load", follow, true);
  new ResizeObserver(follow).observe(talk); // a long answer takes room, too
  const look = lookAfter(PAUSE, () => refreshCase(reference));
  startUndoing(look);
  listen((event) => {
    if (event.kind === "behind" || event.case === reference) look();
  });
}

async function refreshCase(reference) {
  const page = await fetched(`/cases/${reference}?part=conversation`);
  if (!page) return;
  const talk = document.querySelector("#conversation");
  const before = Number(talk.dataset.messages);
  const atEnd = isAtEnd(talk);
  await morph(page);
  const { seq } = document.querySelector("#case-head").dataset;
  for (const field of document.querySelectorAll('input[name="seq"]')) field.value = seq;
  if (atEnd) talk.scrollTop = talk.scrollHeight; // a recording or a picture that came takes room, too
  const news = Number(talk.dataset.messages) - before;
  if (news > 0) {
    announce(news === 1 ? "There is a new message." : `There are ${news} new messages.`);
    document.querySelector("#below").hidden = isAtEnd(talk);
  }
}

function isAtEnd(talk) {
  return talk.scrollHeight - talk.scrollTop - talk.clientHeight < NEAR;
}

function showEnd(talk) {
  talk.scrollTop = talk.scrollHeight;
  talk.focus({ preventScroll: true });
  document.querySelector("#below").hidden = true;
}

/** The telephone: rings and lines change without a case changing, so it is looked at every few seconds, too. */
export function startPhone(address = "/phone") {
  const look = lookAfter(PAUSE, async () => {
    const page = await fetched(address);
    if (page) await morph(page);
  });
  listen(look);
  setInterval(look, PHONE_PAUSE);
}

/** All queues: their numbers change in place. */
export function startOverview() {
  listen(lookAfter(OVERVIEW_PAUSE, async () => {
    const page = await fetched(location.href);
    if (page) await morph(page);
  }));
}

/** Writing to somebody first: what speaks against a number is said as soon as it is typed. */
export function startBeginning() {
  const [to, from] = ["#write-to", "#write-from"].map((name) => document.querySelector(name));
  if (!to || !from) return;
  const look = lookAfter(PAUSE, async () => {
    const page = await fetched(`/write?${new URLSearchParams({ to: to.value, from: from.value })}`);
    if (page) await morph(page);
  });
  to.addEventListener("change", look);
  from.addEventListener("change", look);
}

/** A replay that runs: how far it is, until it is over. */
export function startReplay() {
  if (!document.querySelector("#replay[data-running]")) return;
  setTimeout(async () => {
    const page = await fetched("/rules/draft/replay");
    if (page) {
      await morph(page);
      document.title = page.title;
    }
    if (page && !document.querySelector("#replay[data-running]")) announce("The replay is over.");
    startReplay();
  }, REPLAY_PAUSE);
}

/** A list: rows change in place, new ones are counted and come when asked for. */
export function startList() {
  if (!document.querySelector("#arrived")) {
    listen(() => {});
    return;
  }
  let latest = null;
  document.querySelector("#arrived button").addEventListener("click", async () => {
    if (latest) await showAll(latest);
  });
  const look = lookAfter(LIST_PAUSE, async () => {
    latest = await fetched(location.href);
    if (latest) await refreshList(latest);
  });
  const queues = new Set(document.body.dataset.queues.split(" "));
  listen((event) => {
    const places = [event.queue, ...(event.also ?? [])];
    if (event.kind === "behind" || places.some((queue) => queues.has(queue)) || isShown(event.case)) look();
  });
}

function isShown(reference) {
  return document.querySelector(`[data-list] a[href="/cases/${reference}"]`) !== null;
}

async function refreshList(page) {
  await morph(page);
  let arrived = 0;
  for (const fresh of page.querySelectorAll("[data-list], .empty")) {
    const list = document.getElementById(fresh.id);
    const rows = list ? [...list.children] : [];
    arrived += [...fresh.children].filter((row) => row.id && !document.getElementById(row.id)).length;
    for (const row of rows) {
      const now = page.getElementById(row.id);
      row.classList.toggle("case-gone", !now);
      if (now) await replace(row, now);
    }
  }
  offer(arrived);
}

function offer(arrived) {
  const place = document.querySelector("#arrived");
  const words = String(arrived);
  const count = place.querySelector("span");
  if (arrived && count.textContent !== words) announce(`${words} new. They are shown when you ask.`);
  count.textContent = words;
  place.hidden = !arrived;
}

async function showAll(page) {
  for (const fresh of page.querySelectorAll("[data-list], .empty")) {
    const list = document.getElementById(fresh.id);
    if (list) await replace(list, fresh);
  }
  document.querySelector("#arrived").hidden = true;
  document.querySelector("#arrived span").textContent = "";
  document.querySelector("[data-move]")?.focus();
}

// --- fetching and morphing ---

async function fetched(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null; // offline: the socket notices, says so, and looks again
  }
}

async function morph(page) {
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (old) await replace(old, fresh);
  }
}

/* global htmx */
async function replace(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  await htmx.swap({ sourceElement: old, target: old, text: fresh.outerHTML, swap: "outerMorph", transition: false });
}

function announce(words) {
  document.querySelector("#announcer").textContent = words;
}

/** A function that runs `look` a little later, once for all calls meanwhile, and never twice at a time. */
function lookAfter(pause, look) {
  let waiting = null;
  let running = false;
  let again = false;
  async function run() {
    waiting = null;
    if (running) {
      again = true;
      return;
    }
    running = true;
    await look();
    running = false;
    if (again) {
      again = false;
      ask();
    }
  }
  function ask() {
    if (!document.hidden) waiting ??= setTimeout(run, pause);
    else document.addEventListener("visibilitychange", ask, { once: true });
  }
  return ask;
}
