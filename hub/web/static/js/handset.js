// The agent's phone in this window, by the provider's own software (vendor/twilio-voice, which sets `Twilio`).
// The hub rings it: it answers and hangs up, and dials nobody.

import { startPressing } from "./keys.js";
import { startPhone } from "./live.js";

const form = document.querySelector("#handset");
const state = document.querySelector("#handset-state");
const problem = document.querySelector("#handset-problem");
const buttons = Object.fromEntries([...form.querySelectorAll("button")].map((button) => [button.id, button]));
const SHOWN = {
  off: ["switch-on"],
  connecting: [],
  ready: [],
  ringing: ["answer", "decline"],
  talking: ["mute", "hang-up"],
};
const SAID = {
  off: "Switched off: nothing rings here.",
  connecting: "Connecting…",
  ready: "Switched on: calls ring here.",
  ringing: "Your phone rings.",
  talking: "Connected.",
};
const PROVIDER = {
  20101: "The provider doesn't accept the hub's pass. Ask an administrator to look at the line's API key",
  20104: "The pass has run out",
  31005: "The line to the provider was cut",
  31204: "The provider doesn't accept the hub's pass. Ask an administrator to look at the line's API key",
  31205: "The pass has run out",
  31208: "The browser may not use the microphone. Allow it beside the address above, and switch the phone on again",
  31402: "No microphone was found. Plug one in, and switch the phone on again",
  53000: "The provider can't be reached. The phone tries again by itself",
};

const devices = new Map(); // of the provider, one an account
let call = null;

function show(now) {
  const before = document.activeElement;
  state.dataset.state = now;
  state.textContent = SAID[now];
  document.title = now === "ringing" ? "☎ Rings – your phone" : "Your phone";
  for (const [id, button] of Object.entries(buttons)) {
    button.hidden = !SHOWN[now].includes(id);
    button.disabled = button.hidden;
  }
  if (before?.hidden) (buttons[SHOWN[now].at(-1)] ?? document.querySelector("#main")).focus();
}

function tell(words) {
  problem.textContent = words;
  problem.hidden = !words;
}

async function passes() {
  const answer = await fetch("/phone/pass", { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.status === 401) throw new Error("You are signed out. Sign in, then load this window again.");
  const body = await answer.json().catch(() => ({ error: "The hub gave no pass. Load this window again." }));
  if (!answer.ok) throw new Error(body.error);
  return body.passes;
}

async function switchOn() {
  tell("");
  show("connecting");
  try {
    await listenHere();
    for (const pass of await passes()) await connect(pass);
    show(call ? state.dataset.state : "ready");
  } catch (error) {
    switchOff();
    tell(wordsFor(error));
  }
}

/** Asks for the microphone now, and not when somebody is on the line. */
async function listenHere() {
  if (!window.isSecureContext) throw new Error("The phone in the browser needs https. Ask an administrator.");
  if (!window.Twilio || !Twilio.Device.isSupported) throw new Error("This browser can't take calls. Try a newer one.");
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of microphone.getTracks()) track.stop();
}

async function connect({ account, token, edge }) {
  const device = new Twilio.Device(token, { edge, closeProtection: true, logLevel: "silent", tokenRefreshMs: 60_000 });
  devices.set(account, device);
  device.on("incoming", ring);
  device.on("registered", () => !call && show("ready"));
  device.on("registering", () => !call && show("connecting"));
  device.on("unregistered", () => !call && devices.size && show("connecting"));
  device.on("error", (error) => tell(wordsFor(error)));
  device.on("tokenWillExpire", renew);
  await device.register();
}

function switchOff() {
  for (const device of devices.values()) device.destroy();
  devices.clear();
  show("off");
}

async function renew() {
  try {
    for (const { account, token } of await passes()) devices.get(account)?.updateToken(token);
  } catch (error) {
    tell(wordsFor(error));
  }
}

function ring(incoming) {
  if (call) {
    incoming.reject();
    return;
  }
  call = incoming;
  tell("");
  show("ringing");
  call.on("accept", () => show("talking"));
  call.on("mute", showMuted);
  call.on("error", (error) => tell(wordsFor(error)));
  for (const end of ["disconnect", "cancel", "reject"]) call.on(end, over);
}

function over() {
  call = null;
  showMuted(false);
  show(devices.size ? "ready" : "off");
}

function showMuted(muted) {
  buttons.mute.setAttribute("aria-pressed", String(muted));
  if (call) state.textContent = muted ? "Connected. You are muted: the citizen doesn't hear you." : SAID.talking;
}

function wordsFor(error) {
  if (error.name === "NotAllowedError") return `${PROVIDER[31208]}.`;
  if (error.name === "NotFoundError") return `${PROVIDER[31402]}.`;
  if (!error.code) return error.message;
  return `${PROVIDER[error.code] ?? "The telephone provider reports an error"} (${error.code}).`;
}

buttons["switch-on"].addEventListener("click", switchOn);
buttons.answer.addEventListener("click", () => call.accept());
buttons.decline.addEventListener("click", () => call.reject());
buttons.mute.addEventListener("click", () => call.mute(!call.isMuted()));
buttons["hang-up"].addEventListener("click", () => call.disconnect());
form.addEventListener("submit", (event) => event.preventDefault());
startPressing(document.querySelector("#keys-on"));
startPhone("/phone/window");
