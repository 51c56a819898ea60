// The page: sends what is clicked to the server and puts what comes back into its regions. Document
// text arrives as finished, escaped HTML; nothing here builds HTML from text.
(() => {
  "use strict";
  if (window.chapterVerse) return;
  const at = (id) => document.getElementById(id);
  const stored = (box, key, value) => {
    try { return value === undefined ? box.getItem(key) : value === null ? box.removeItem(key) : box.setItem(key, value); }
    catch { return null; } // a private window
  };
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  const tab = fresh();
  const OUTBOX = "chapter-verse-outbox";
  let server = null, conversation = stored(sessionStorage, "chapter-verse-conversation"), waiting = false, offline = false;

  // -- calls -------------------------------------------------------------------------------------

  const address = () => ({ tab, showing: conversation, token: stored(localStorage, "chapter-verse-token") });
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // Calls go out one after the other: what a later click sees is what the earlier one made.
  let line = Promise.resolve();
  const call = (data) => (line = line.then(() => reach(() => server.act({ ...data, ...address() })).then(receive)));

  async function reach(send) {
    for (let wait = 500; ; wait = Math.min(8000, wait * 2)) {
      try {
        const reply = await send();
        if (!reply?.patches) throw new Error("no reply"); // Gradio's client tells of failures by silence
        if (offline) { offline = false; say("The server answers again."); status("", false); }
        return reply;
      } catch (error) {
        if (!offline) status("The server does not answer. What you asked is kept and sent as soon as it does.", true);
        offline = true;
        await pause(wait);
      }
    }
  }

  function receive(reply) {
    if (reply.token) stored(localStorage, "chapter-verse-token", reply.token);
    // A server that began anew counts anew.
    if (reply.epoch && reply.epoch !== epoch) { epoch = reply.epoch; newest.clear(); latest = 0; }
    // Replies may overtake each other: what an older one says of a region no longer counts.
    const number = reply.number ?? Infinity;
    for (const patch of reply.patches ?? []) {
      const region = patch.id ?? patch.turn ?? "conversation";
      if (region !== "cv-status" && number < (newest.get(region) ?? 0)) continue;
      if (number !== Infinity) newest.set(region, number);
      apply(patch);
    }
    if (reply.turns && number > latest) { latest = number; order(reply.turns); }
    if (reply.conversation) {
      conversation = reply.conversation;
      stored(sessionStorage, "chapter-verse-conversation", conversation);
    }
    if (reply.show) pane(reply.show);
    if (reply.download) download(reply.download);
    if (reply.busy) follow();
    return reply;
  }

  async function follow() {
    if (waiting) return;
    waiting = true;
    try {
      for (let busy = true; busy;) busy = receive(await reach(() => server.news(address()))).busy;
    } finally { waiting = false; }
  }

  // -- patches -----------------------------------------------------------------------------------

  const keyOf = (node) => node && [node.tagName, node.id, node.name, ...Object.entries(node.dataset).filter(([k]) => k !== "copy").flat()].join("|");
  const foldOf = (node) => [node.className, node.closest("[data-turn]")?.dataset.turn, node.closest("[data-quote]")?.dataset.quote, node.querySelector("summary")?.getAttribute("aria-label")].join("|");

  function apply(patch) {
    if (patch.conversation) { at("cv-turns").replaceChildren(); seen = new Set(); return; }
    if (patch.turn) return turn(patch);
    const home = at(patch.id);
    if (!home) return;
    put(home, () => { home.innerHTML = patch.html; });
    if (patch.id === "cv-viewer") reveal();
    if (patch.id === "cv-status") say(home.textContent);
  }

  // Puts something in its place without losing the focus, what was typed, or what was folded open.
  function put(home, change) {
    const focus = home.contains(document.activeElement) ? document.activeElement : null;
    const key = keyOf(focus?.closest("[data-act],[data-quote],[id],input"));
    const typed = focus?.matches("input,textarea") ? [focus.value, focus.selectionStart] : null;
    const open = new Set([...home.querySelectorAll("details[open]")].map(foldOf));
    change();
    home.querySelectorAll("details").forEach((d) => { if (open.has(foldOf(d))) d.open = true; });
    if (!key) return;
    const again = [...home.querySelectorAll("[data-act],[data-quote],[id],input")].find((n) => keyOf(n) === key);
    if (!again) return;
    again.focus({ preventScroll: true });
    if (typed && again.matches("input[type=search],input[type=text]") && again === document.activeElement && again.closest("#cv-narrow")) again.value = typed[0];
  }

  const newest = new Map();
  let seen = new Set(), latest = 0, epoch = "";
  function turn(patch) {
    const turns = at("cv-turns");
    const made = document.createElement("template");
    made.innerHTML = patch.html.trim();
    const section = made.content.firstElementChild;
    const old = at(section.id) ?? turns.querySelector(`[data-pending="${CSS.escape(section.dataset.key)}"]`);
    const done = !section.hasAttribute("data-waiting");
    put(turns, () => { if (old) old.replaceWith(section); else turns.append(section); });
    unsent(section.dataset.key, null);
    // An answer is brought into view once, when it comes; keeping or widening a quote moves nothing.
    const known = seen.has(section.id);
    if (done) seen.add(section.id);
    if (done && !known && old) {
      bring(section);
      say(section.querySelector(".cv-none, .cv-foot span")?.textContent ?? "");
    } else if (!old) bring(section);
  }

  function order(turns) {
    const known = new Set(turns.map(([, id]) => id));
    at("cv-turns").querySelectorAll("[data-turn]").forEach((n) => { if (n.matches("section") && !known.has(n.dataset.key)) n.remove(); });
  }

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const bring = (node) => node.scrollIntoView({ block: "start", behavior: still() ? "auto" : "smooth" });

  function status(text, bad) {
    const home = at("cv-status");
    home.textContent = "";
    if (!text) return;
    const p = document.createElement("p");
    p.className = bad ? "cv-said cv-bad" : "cv-said";
    p.textContent = text;
    home.append(p);
  }

  function say(text) {
    const live = at("cv-live");
    if (live && text.trim()) { live.textContent = ""; setTimeout(() => { live.textContent = text.trim(); }, 30); }
  }

  // -- asking: drawn at once, kept until the server has it ------------------------------------------

  const outbox = () => { try { return JSON.parse(stored(localStorage, OUTBOX) ?? "[]"); } catch { return []; } };
  function unsent(key, text) {
    const rest = outbox().filter((q) => q.key !== key);
    if (text !== null) rest.push({ key, text });
    stored(localStorage, OUTBOX, JSON.stringify(rest));
  }

  function ask(text, key = fresh()) {
    unsent(key, text);
    const section = at("cv-pending").content.firstElementChild.cloneNode(true);
    section.dataset.pending = key;
    section.querySelector("bdi").textContent = text;
    at("cv-welcome").replaceChildren();
    at("cv-turns").append(section);
    pane("talk");
    bring(section);
    return call({ act: "ask", text, key }).then((reply) => {
      if (reply.failed) { section.remove(); unsent(key, null); if (!at("cv-question").value) at("cv-question").value = text; }
    });
  }

  // -- documents: a ticket for each, then the file ---------------------------------------------------

  async function documents(files) {
    const list = [...files];
    if (!list.length) return;
    pane("sources");
    const reply = await call({ act: "tickets", files: list.map((f) => ({ name: f.name, size: f.size })) });
    if (!reply.tickets) return;
    const home = at("cv-sending");
    for (const [i, file] of list.entries()) {
      home.textContent = `Sending ${i + 1} of ${list.length}: ${file.name}`;
      await send(reply.tickets[i], file, (share) => { home.textContent = `Sending ${i + 1} of ${list.length}: ${file.name}, ${Math.round(100 * share)} %`; });
    }
    home.textContent = "";
    await call({ act: "documents", tickets: reply.tickets });
  }

  const send = (ticket, file, progress) => new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("PUT", new URL("documents/" + ticket, document.baseURI.split("?")[0]));
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onloadend = () => {
      if (request.status !== 200) status(`${file.name}: ${request.responseText || "could not be sent"}`, true);
      done();
    };
    request.send(file);
  });

  function download(file) {
    const bytes = Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: file.type }));
    const link = document.createElement("a");
    link.href = url + (file.show && file.page ? "#page=" + Number(file.page) : "");
    if (file.show) { link.target = "_blank"; link.rel = "noopener"; } else link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  // -- panes and the reader ----------------------------------------------------------------------

  const narrow = () => matchMedia("(max-width: 999px)").matches;
  function pane(name) {
    if (name === "kept") return drawer(true);
    const app = at("cv-app");
    app.dataset.pane = name;
    app.querySelectorAll(".cv-tabs [data-pane]").forEach((n) => { if (n.dataset.pane === name) n.setAttribute("aria-current", "true"); else n.removeAttribute("aria-current"); });
    if (name === "sources" && app.classList.contains("cv-folded")) fold();
    if (name === "reader" && narrow()) { drawer(false); reveal(); }
  }
  function fold() {
    const folded = at("cv-app").classList.toggle("cv-folded");
    document.querySelector(".cv-fold").setAttribute("aria-expanded", String(!folded));
  }
  function drawer(open = at("cv-drawer").hidden) {
    at("cv-drawer").hidden = !open;
    at("cv-kept-count").setAttribute("aria-expanded", String(open));
    if (open) at("cv-drawer").querySelector("button")?.focus({ preventScroll: true });
  }

  function reveal() {
    const view = at("cv-viewer"), scroller = view.querySelector(".cv-scroll");
    const mark = view.querySelector(".cv-found, #cv-here, .cv-box");
    ticks(view, scroller);
    if (!scroller || !mark) return;
    const place = () => {
      const box = mark.getBoundingClientRect(), frame = scroller.getBoundingClientRect();
      scroller.scrollTop += box.top - frame.top - Math.max(24, frame.height / 4);
    };
    const image = view.querySelector(".cv-page img");
    if (image && !image.complete) image.addEventListener("load", place, { once: true });
    place();
  }

  function ticks(view, scroller) {
    const home = view.querySelector(".cv-ticks");
    if (!home || !scroller) return;
    home.replaceChildren(...[...scroller.querySelectorAll("#cv-here, .cv-other, .cv-found")].map((mark) => {
      const tick = document.createElement("i");
      const top = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
      tick.style.top = (100 * top / scroller.scrollHeight).toFixed(2) + "%";
      if (mark.id) tick.className = "cv-tick-here";
      return tick;
    }));
  }

  async function begin(element, functions) {
    if (server) return;
    server = functions;
    window.chapterVerse.wire(element);
    await call({ act: "hello" });
    for (const { key, text } of outbox()) ask(text, key);
  }

  window.chapterVerse = { begin, call, ask, documents, pane, fold, drawer, say, status, unsent, wire: null, copied: null };
})();
