// The button and the panel, in a shadow root: neither the page's styles nor the widget's leak.
// All text goes in as text nodes: nothing that anybody writes is ever read as HTML.
const CONNECTION_WORDS = {
  idle: "",
  connecting: "Connecting…",
  open: "",
  lost: "Connection lost. Reconnecting… Your messages are kept here and sent as soon as the connection is back.",
};
const STATE_WORDS = { sending: "Sending…", sent: "Sent", failed: "Not sent.", "": "" };
const HISTORY_QUIET_MS = 700;
const MAX_TEXT = 5000;

class Panel {
  constructor(host, notebook) {
    this.notebook = notebook;
    this.root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    this.root.adoptedStyleSheets = [sheet];
    this.build();
  }

  // Two-step, since the conversation tells the panel and the panel asks the conversation.
  use(conversation) {
    this.conversation = conversation;
    this.refresh();
  }

  build() {
    this.launcher = element("button", { type: "button", class: "launcher", "aria-haspopup": "dialog" }, "Chat with us");
    this.launcher.addEventListener("click", () => this.open());

    this.title = element("h2", { id: "title" }, "Chat with us");
    const close = element("button", { type: "button", class: "plain", "aria-label": "Close chat" }, "Close");
    close.addEventListener("click", () => this.close());

    this.status = element("p", { class: "status", role: "status" });
    this.greeting = element("p", { class: "greeting" });
    this.log = element("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Conversation", tabindex: "0" });
    this.reference = element("p", { class: "reference", role: "status" });

    this.panel = element("section", { id: "panel", class: "panel", role: "dialog", "aria-labelledby": "title", hidden: "" });
    this.panel.append(element("header", {}, this.title, close), this.status, this.reference, this.greeting, this.log, this.composer(), this.footer());
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.root.append(this.launcher, this.panel);
  }

  composer() {
    this.name = element("input", { id: "name", type: "text", autocomplete: "name", maxlength: "100" });
    this.name.addEventListener("change", () => this.conversation.call(this.name.value.trim()));
    this.naming = element("p", { class: "field naming" }, element("label", { for: "name" }, "Your name (optional)"), this.name);
    this.words = element("textarea", { id: "words", rows: "2", maxlength: String(MAX_TEXT), "aria-describedby": "hint" });
    this.words.addEventListener("keydown", (event) => this.typed(event));
    const form = element("form", {}, this.naming,
      element("p", { class: "field" }, element("label", { for: "words" }, "Your message"), this.words),
      element("p", { class: "send" }, element("span", { id: "hint" }, "Enter sends, Shift and Enter starts a new line."), element("button", { type: "submit" }, "Send")));
    form.addEventListener("submit", (event) => this.submit(event));
    return form;
  }

  footer() {
    this.forgetting = element("button", { type: "button", class: "plain" }, "Forget this chat on this device");
    this.forgetting.addEventListener("click", () => this.conversation.forget());
    return element("footer", {}, element("p", {}, "You can leave this page; the conversation stays for 14 days."), this.forgetting);
  }

  open() {
    this.panel.hidden = false;
    this.launcher.hidden = true;
    this.conversation.open();
    this.refresh();
    this.log.scrollTop = this.log.scrollHeight;
    this.words.focus();
  }

  close() {
    this.panel.hidden = true;
    this.launcher.hidden = false;
    this.launcher.focus();
  }

  typed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    const text = this.words.value;
    if (!text.trim()) return;
    this.conversation.say(text);
    this.words.value = "";
    this.words.focus();
    this.log.scrollTop = this.log.scrollHeight;
  }

  // --- what the conversation tells ---

  changed(what) {
    if (!this.conversation) return;
    if (what === "forgotten") this.forgotten();
    this.refresh();
    // The history that comes with the connection is not read aloud; what follows is.
    if (this.conversation.connection === "open" && this.log.getAttribute("aria-live") === "off") {
      clearTimeout(this.quiet);
      this.quiet = setTimeout(() => this.log.setAttribute("aria-live", "polite"), HISTORY_QUIET_MS);
    }
  }

  forgotten() {
    this.log.replaceChildren();
    this.name.value = "";
    this.words.focus();
    if (!this.panel.hidden) this.conversation.open();
  }

  refresh() {
    const { connection, title, council, greeting } = this.conversation;
    const { name, reference } = this.notebook.read();
    this.title.textContent = title || (council ? `Chat with ${council}` : "Chat with us");
    say(this.status, CONNECTION_WORDS[connection]);
    say(this.greeting, greeting);
    say(this.reference, reference && `Your reference is ${inGroups(reference)}.`);
    if (this.root.activeElement !== this.name) this.name.value = name;
    const messages = this.conversation.ordered();
    this.naming.hidden = messages.length > 0;
    this.forgetting.hidden = messages.length === 0;
    this.lay(messages);
    this.count(messages);
  }

  // Each message once, in order; an item that is where it belongs isn't touched, so that it isn't announced again.
  lay(messages) {
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    messages.forEach((message, index) => {
      const item = this.item(message);
      if (this.log.children[index] !== item) this.log.insertBefore(item, this.log.children[index] || null);
    });
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  item(message) {
    let item = [...this.log.children].find((child) => child.dataset.key === message.key);
    if (!item) {
      item = element("div", { class: `message ${message.direction}`, "data-key": message.key },
        element("p", { class: "who" }), element("p", { class: "text" }, message.text), element("p", { class: "state" }));
    }
    const [who, , state] = item.children;
    say(who, `${message.direction === "in" ? "You" : message.author || this.conversation.council}, ${time(message.at)}`);
    say(state, message.state === "failed" ? `${STATE_WORDS.failed} ${message.reason}` : STATE_WORDS[message.state]);
    item.classList.toggle("failed", message.state === "failed");
    return item;
  }

  // Unread until the panel has been open with it, across reloads and pages.
  count(messages) {
    const answers = messages.filter((message) => message.direction === "out");
    const newest = Math.max(0, ...answers.map((message) => message.id));
    if (!this.panel.hidden && newest > this.notebook.read().read) this.notebook.change((page) => (page.read = newest));
    const { read } = this.notebook.read();
    const unread = answers.filter((message) => message.id > read).length;
    say(this.launcher, unread === 0 ? "Chat with us" : `Chat with us, ${unread} new ${unread === 1 ? "message" : "messages"}`);
  }
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Writing the same words again would make a screen reader say them again.
function say(target, words) {
  if (target.textContent !== words) target.textContent = words;
  if (target.tagName === "P") target.hidden = !words;
}

function time(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  const clock = { hour: "2-digit", minute: "2-digit" };
  return date.toLocaleString([], today ? clock : { day: "numeric", month: "short", ...clock });
}

function inGroups(reference) {
  return reference.replace(/\B(?=(\d{4})+$)/g, " ");
}
