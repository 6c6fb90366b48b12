"""HTML mails that mean harm, and what a real chromium makes of what is left of them."""

from collections.abc import Sequence

from playwright.async_api import Page, Route

from channels.email.understanding.parsing import understand

BATCH = 250  # payloads on one page
_HOME = "http://mail.example/"
_HOOKS = """
<script>
  window.ran = [];
  for (const name of ["alert", "confirm", "prompt", "print", "open"])
    window[name] = (...said) => { window.ran.push(name + ": " + said); };
</script>
"""
# Whatever could run, load or lead somewhere by itself, as the browser's own parser sees it.
_ACTIVE = """() => {
  const found = [];
  const dangerous = "script,style,link,meta,base,iframe,frame,object,embed,applet,form,input,button,textarea,select,"
    + "svg,math,template,audio,video,source,track,portal,marquee,details,dialog,noscript,xmp,plaintext";
  const forbidden = /^(on|style|src(set|doc)|background|(form)?action|poster|data$|xlink|id$|name$)/;
  const places = { href: /^(https?:|mailto:|tel:|cid:)/, src: /^cid:/ };
  for (const section of document.querySelectorAll("section")) {
    for (const element of section.querySelectorAll("*")) {
      if (element.matches(dangerous)) found.push(`${section.id} <${element.localName}>`);
      for (const { name, value } of element.attributes) {
        const place = value.replace(/[\\u0000-\\u0020]/g, "").toLowerCase();
        if (forbidden.test(name) && name !== "src") found.push(`${section.id} ${name}`);
        if (name in places && !places[name].test(place)) found.push(`${section.id} ${name}=${value}`);
      }
      for (const kind of ["mouseover", "mouseenter", "click", "focus", "error", "load", "pointerdown", "animationend"])
        if (element.localName !== "a") element.dispatchEvent(new Event(kind));
    }
  }
  return [...found, ...window.ran];
}"""


def received(payload: str) -> str:
    """The HTML that a mail with this payload leaves for the console."""
    raw = b"From: jane@citizen.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    return understand(raw + payload.encode("utf-8", "replace")).html


async def harm_done(page: Page, payloads: Sequence[str]) -> list[str]:
    """What the payloads still do in a page without a sandbox or a policy: what ran, what is active, what was asked
    for over the network. The number is that of the payload."""
    asked: list[str] = []
    harm: list[str] = []

    async def answer(route: Route) -> None:
        url = route.request.url
        if url == _HOME and not served:
            served.append(url)
            await route.fulfill(content_type="text/html; charset=utf-8", body=document)
        else:
            asked.append(url)
            await route.abort()

    await page.context.route("**/*", answer)
    page.on("dialog", lambda dialog: harm.append(f"dialog: {dialog.message}"))
    for start in range(0, len(payloads), BATCH):
        served: list[str] = []
        sections = (
            f'<section id="p{number}">{received(payload)}</section>'
            for number, payload in enumerate(payloads[start : start + BATCH], start)
        )
        document = f"<!doctype html>{_HOOKS}<body>{''.join(sections)}"
        await page.goto(_HOME, wait_until="load")
        harm += await page.evaluate(_ACTIVE)
    return [*harm, *(f"asked for {url}" for url in asked)]
