// What the browser remembers of this chat: {session, name, seen, read, reference, pending: [{id, text, at}]}.
// seen: up to this id the hub knows that it arrived; read: up to this id the panel was open.
// In localStorage, so that a reload or another tab goes on; in memory where storage is blocked or full.
class Notebook {
  constructor(key) {
    this.key = key;
    this.page = {};
  }

  read() {
    try {
      this.page = JSON.parse(localStorage.getItem(this.key)) || this.page;
    } catch {
      // blocked or not JSON: what is in memory stands
    }
    return { session: "", name: "", seen: 0, read: 0, reference: "", pending: [], ...this.page };
  }

  // Reads afresh first, since another tab may have written meanwhile.
  change(edit) {
    const page = this.read();
    edit(page);
    this.page = page;
    try {
      localStorage.setItem(this.key, JSON.stringify(page));
    } catch {
      // kept in memory only
    }
    return page;
  }

  clear() {
    this.page = {};
    try {
      localStorage.removeItem(this.key);
    } catch {
      // there was nothing to remove
    }
  }
}
