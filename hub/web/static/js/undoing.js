// Counts down the seconds in which a reply can be taken back, then looks at the case anew.

export function startUndoing(look) {
  setInterval(() => {
    for (const place of document.querySelectorAll("[data-until]")) {
      const left = Math.ceil((new Date(place.dataset.until) - Date.now()) / 1000);
      if (left > 0) place.textContent = String(left);
      else if (!place.dataset.over) {
        place.dataset.over = "yes";
        look();
      }
    }
  }, 500);
}
