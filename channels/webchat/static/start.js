// Puts the chat on the page, once. The socket's address follows from where this script came from.
function start(source) {
  const name = source.pathname.match(/\/chat\/([^/]+)\.js$/)[1];
  const socket = new URL(source.pathname.replace(/\/chat\/[^/]+\.js$/, `/in/webchat/${name}`), source);
  socket.protocol = source.protocol === "http:" ? "ws:" : "wss:";
  const host = element("div", { id: `council-chat-${name}`, lang: "en" });
  if (document.getElementById(host.id)) return;
  document.body.append(host);

  const notebook = new Notebook(`council-chat:${socket.href}`);
  const panel = new Panel(host, notebook);
  const conversation = new Conversation(socket.href, notebook, (what) => panel.changed(what));
  panel.use(conversation);
  if (conversation.started) conversation.open(); // an answer may have come while the citizen was away
  window.addEventListener("online", () => conversation.connection === "lost" && conversation.open());
}

// document.currentScript is gone once the page has loaded: read it now.
const source = new URL(document.currentScript.src);
if (document.body) start(source);
else document.addEventListener("DOMContentLoaded", () => start(source));
