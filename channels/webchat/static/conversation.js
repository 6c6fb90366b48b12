// The conversation with the hub: what is said, what is still to be said, and the socket between. No page in here.
// A message: {key, id, direction, text, author, at, state} with state sending, sent, failed or "" (the council's).
const BACKOFF_SECONDS = [0.5, 1, 2, 5, 10, 20, 30];
const ACKNOWLEDGE_AFTER_MS = 50;
const ANSWER_WITHIN_MS = 15_000;
const HEARTBEAT_MS = 30_000;

class Conversation {
  // `changed(what)` is called with "message", "connection", "reference" or "forgotten".
  constructor(url, notebook, changed) {
    this.url = url;
    this.notebook = notebook;
    this.changed = changed;
    this.messages = new Map();
    this.connection = "idle"; // idle, connecting, open, lost
    this.failures = 0;
    this.last = 0;
    this.council = "";
    this.title = "";
    this.greeting = "";
    for (const words of notebook.read().pending) this.show({ ...words, key: words.id, id: 0, direction: "in", author: "", state: "sending" });
  }

  get started() {
    return this.notebook.read().session !== "";
  }

  // The council's words by id, then the citizen's that are still on their way.
  ordered() {
    return [...this.messages.values()].sort((a, b) => (a.id || Infinity) - (b.id || Infinity) || 0);
  }

  open() {
    if (this.socket) return;
    clearTimeout(this.reconnecting);
    this.connect("connecting");
  }

  say(text) {
    const words = { id: newId(), text, at: new Date().toISOString() };
    this.notebook.change((page) => page.pending.push(words));
    this.show({ ...words, key: words.id, id: 0, direction: "in", author: "", state: "sending" });
    this.open();
    this.sendWords(words);
  }

  call(name) {
    this.notebook.change((page) => (page.name = name));
    this.send({ type: "name", name });
  }

  // Everything about this conversation leaves the browser; the council keeps what was said.
  forget() {
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    clearTimeout(this.reconnecting);
    this.rest();
    this.notebook.clear();
    this.messages.clear();
    this.last = 0;
    this.connection = "idle";
    this.changed("forgotten");
  }

  // --- the socket ---

  connect(state) {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.become(state);
    socket.onopen = () => this.hello();
    socket.onmessage = (event) => socket === this.socket && this.hear(JSON.parse(event.data));
    socket.onclose = () => socket === this.socket && this.lose();
  }

  lose() {
    this.socket = null;
    this.rest();
    this.become("lost");
    const seconds = BACKOFF_SECONDS[Math.min(this.failures++, BACKOFF_SECONDS.length - 1)];
    this.reconnecting = setTimeout(() => this.connect("lost"), seconds * 1000 * (0.5 + Math.random()));
  }

  // A network that went away silently leaves the socket open: without an answer it is given up.
  abandon() {
    const socket = this.socket;
    this.lose();
    socket?.close();
  }

  rest() {
    clearTimeout(this.patience);
    this.patience = undefined;
    clearInterval(this.heartbeat);
  }

  become(state) {
    this.connection = state;
    this.changed("connection");
  }

  hello() {
    const { session, seen } = this.notebook.read();
    // Words whose acknowledgement was lost with the socket are asked for again: showing them twice is prevented by id.
    const unnoted = this.ordered().some((message) => message.direction === "out" && message.id > seen);
    this.send({ type: "hello", session, after: unnoted ? Math.min(seen, this.last) : this.last, seen });
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN && (this.connection === "open" || frame.type === "hello")) {
      this.socket.send(JSON.stringify(frame));
    }
  }

  // For frames that the hub answers.
  ask(frame) {
    this.send(frame);
    if (this.connection === "open") this.patience ??= setTimeout(() => this.abandon(), ANSWER_WITHIN_MS);
  }

  sendWords({ id, text }) {
    this.ask({ type: "say", id, text });
  }

  // --- what the hub says ---

  hear(frame) {
    clearTimeout(this.patience);
    this.patience = undefined;
    const hearing = { welcome: this.welcomed, message: this.told, said: this.said, noted: this.noted, retry: this.again, error: this.refused };
    hearing[frame.type]?.call(this, frame);
  }

  welcomed({ session, council, title, greeting }) {
    this.failures = 0;
    Object.assign(this, { council, title, greeting });
    const page = this.notebook.change((page) => (page.session = session));
    this.become("open");
    this.heartbeat = setInterval(() => this.ask({ type: "seen", id: this.last }), HEARTBEAT_MS);
    if (page.name) this.send({ type: "name", name: page.name });
    page.pending.forEach((words) => this.sendWords(words));
  }

  told({ id, direction, text, author, at, client_id: clientId }) {
    this.last = Math.max(this.last, id);
    const key = clientId || `hub-${id}`;
    this.show({ key, id, direction, text, author, at, state: direction === "in" ? "sent" : "" });
    if (direction === "in") this.settle(key);
    else this.acknowledge();
  }

  said({ id, reference }) {
    this.settle(id);
    this.update(id, { state: "sent" });
    if (!reference) return;
    this.notebook.change((page) => (page.reference = reference));
    this.changed("reference");
  }

  noted({ id }) {
    this.notebook.change((page) => (page.seen = Math.max(page.seen, id)));
  }

  // The hub can't take it now: the words stay in the notebook and go out again.
  again({ id, after }) {
    const resend = () => {
      if (typeof id === "number") return this.acknowledge();
      const words = this.notebook.read().pending.find((words) => words.id === id);
      if (words) this.sendWords(words);
    };
    setTimeout(resend, after * 1000);
  }

  refused({ id, message }) {
    if (!id) return;
    this.settle(id);
    this.update(id, { state: "failed", reason: message });
  }

  acknowledge() {
    clearTimeout(this.acknowledging);
    this.acknowledging = setTimeout(() => this.ask({ type: "seen", id: this.last }), ACKNOWLEDGE_AFTER_MS);
  }

  settle(id) {
    this.notebook.change((page) => (page.pending = page.pending.filter((words) => words.id !== id)));
  }

  show(message) {
    this.messages.set(message.key, message);
    this.changed("message");
  }

  update(key, values) {
    const message = this.messages.get(key);
    if (message) this.show({ ...message, ...values });
  }
}

// 128 random bits; crypto.randomUUID is missing on pages without https.
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
