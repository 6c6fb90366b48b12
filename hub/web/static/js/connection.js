// The line under the header that says how the connection is. Offline, nothing is sent that would be lost with its page.

const OFFLINE = "You are offline. What you write stays here: send it when the connection is back.";

export function startConnection() {
  document.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopPropagation(); // the form hears of no sending
    tellConnection("");
    tellConnection(OFFLINE);
  }, true);
  addEventListener("offline", () => tellConnection(OFFLINE));
  addEventListener("online", () => tellConnection(""));
  if (!navigator.onLine) tellConnection(OFFLINE);
}

/** "" when there is nothing to say. */
export function tellConnection(words) {
  const place = document.querySelector("#connection");
  if (place.textContent === words) return;
  place.textContent = words;
  place.hidden = !words;
}
