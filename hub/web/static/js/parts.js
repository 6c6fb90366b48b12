// How many parts the text under the pen goes as, and what that costs: said before it is sent.

import { segments } from "./segments.js";

export function countParts() {
  const text = document.querySelector("#reply-text, #write-text");
  const channel = document.querySelector("#reply-channel, #write-from");
  const place = document.querySelector("#parts");
  const warning = document.querySelector("#parts-warning");
  if (!text || !channel || !place) return;
  function count() {
    const { longest, price, currency, warn } = channel.selectedOptions[0]?.dataset ?? {};
    const written = text.value.replaceAll("\r\n", "\n");
    const { encoding, parts, left } = segments(written);
    const cost = Number(price) ? ` · about ${money(parts * Number(price), currency)}` : "";
    place.textContent = `${partsOf(parts)} · ${left} left${cost}${encoding === "ucs-2" ? " · special letters make it longer" : ""}`;
    place.hidden = !longest || !text.value;
    const words = longest ? wordsOf(written, parts, Number(longest), Number(warn), cost) : "";
    if (warning.textContent !== words) warning.textContent = words;
    warning.hidden = !words;
  }
  text.addEventListener("input", count);
  channel.addEventListener("change", count);
  count();
}

function wordsOf(written, parts, longest, warn, cost) {
  if ([...written].length > longest) return `A text has at most ${longest.toLocaleString("en")} characters: shorten it, or send it as a mail.`;
  if (parts > warn) return `This goes, and is paid, as ${partsOf(parts)}${cost.replace(" · ", ": ")}. Shorten it if you can.`;
  return "";
}

const partsOf = (count) => (count === 1 ? "1 part" : `${count} parts`);

function money(amount, currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(amount);
}
