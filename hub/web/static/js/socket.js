// The socket that says where something happened. It comes back by itself; whoever listens then looks anew.

import { tellConnection } from "./connection.js";

const SIGNED_OUT = 4401;
const FIRST_WAIT = 500; // milliseconds
const LONGEST_WAIT = 15000;
const PATIENCE = 1500; // a break shorter than this isn't worth a word

/**
 * Calls `happened(event)` for every event, and `happened({kind: "behind"})` when some may have been missed.
 */
export function listen(happened) {
  let wait = FIRST_WAIT;
  let worry = null;
  let broken = false;

  function connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    socket.addEventListener("open", () => {
      wait = FIRST_WAIT;
      clearTimeout(worry);
      worry = null;
      tellConnection("");
      if (broken) {
        broken = false;
        happened({ kind: "behind" });
      }
    });
    socket.addEventListener("message", (message) => happened(JSON.parse(message.data)));
    socket.addEventListener("close", (closed) => {
      broken = true;
      if (closed.code === SIGNED_OUT) {
        tellConnection("You are signed out. Copy what you have written, then load the page again.");
        return;
      }
      worry ??= setTimeout(() => navigator.onLine && tellConnection("Live updates paused, reconnecting…"), PATIENCE);
      setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  }

  connect();
}
