// How many parts a text is sent, and paid, as: the rules of channels/sms/segments.py (3GPP TS 23.038 §6.2.1).

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("\f^{}\\[~]|€");

/** {encoding, units, parts, left}: `left` is what still fits without another part. */
export function segments(text) {
  const letters = [...text];
  if (letters.every((letter) => BASIC.has(letter) || EXTENSION.has(letter))) {
    return measured("gsm-7", letters.map((letter) => (EXTENSION.has(letter) ? 2 : 1)), 160, 153);
  }
  return measured("ucs-2", letters.map((letter) => letter.length), 70, 67);
}

function measured(encoding, widths, single, joined) {
  const units = widths.reduce((sum, width) => sum + width, 0);
  if (units <= single) return { encoding, units, parts: units ? 1 : 0, left: single - units };
  let parts = 0;
  let room = 0;
  for (const width of widths) {
    if (width > room) {
      parts += 1;
      room = joined;
    }
    room -= width;
  }
  return { encoding, units, parts, left: room };
}
