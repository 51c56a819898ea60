// Clicks, keys, copying and the theme.
(() => {
  "use strict";
  const cv = window.chapterVerse;
  if (!cv || cv.wire) return;
  const at = (id) => document.getElementById(id);
  const field = () => at("cv-question");
  const cards = () => [...document.querySelectorAll("#cv-thread .cv-card")];

  // -- what is clicked -----------------------------------------------------------------------------

  const here = {
    copy: (node) => copy(node),
    theme: () => theme(),
    pane: (node) => cv.pane(node.dataset.pane),
    fold: () => cv.fold(),
    drawer: () => cv.drawer(),
    "add-files": () => at("cv-files").click(),
  };

  function act(node, more) {
    const { copy: _, ...data } = node.dataset;
    const menu = node.closest("details.cv-menu");
    if (menu && node.tagName !== "FORM") menu.open = false;
    if (here[data.act]) return here[data.act](node);
    // A second click on a button whose work is under way must not do it twice.
    if (node.getAttribute("aria-busy") === "true") return undefined;
    if (node.type !== "checkbox") node.setAttribute("aria-busy", "true");
    return cv.call({ ...data, ...more }).then(() => node.removeAttribute("aria-busy"));
  }

  cv.wire = (element) => {
    element.addEventListener("click", (event) => {
      const node = event.target.closest("button[data-act]");
      if (node) act(node);
      else if (!String(getSelection()) && !event.target.closest("summary,details,a,input,label,form")) {
        const card = event.target.closest(".cv-card");
        if (card) openCard(card);
      }
    });
    element.addEventListener("change", (event) => {
      const node = event.target;
      if (node.id === "cv-files") { cv.documents([...node.files]); node.value = ""; }
      else if (node.matches("input[type=checkbox][data-act]")) act(node);
      else if (node.matches("select[data-act]") && node.value) act(node, { [node.name]: node.value });
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.id === "cv-composer") return send();
      const form = event.target, input = form.querySelector("input");
      if (input.value.trim() || form.dataset.empty || form.dataset.act === "note") act(form, { [input.name]: input.value.trim() });
    });
    // An emptied search field ends the search without a key.
    element.addEventListener("search", (event) => { if (!event.target.value) event.target.form?.requestSubmit(); }, true);
    const add = element.querySelector("#cv-app");
    add.addEventListener("dragover", (event) => { if ([...event.dataTransfer.types].includes("Files")) { event.preventDefault(); add.classList.add("cv-dragging"); } });
    add.addEventListener("dragleave", (event) => { if (!add.contains(event.relatedTarget)) add.classList.remove("cv-dragging"); });
    add.addEventListener("drop", (event) => { event.preventDefault(); add.classList.remove("cv-dragging"); cv.documents(event.dataTransfer.files); });
    field().addEventListener("input", grow);
    field().addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
    });
    document.addEventListener("toggle", (event) => {
      // One menu at a time.
      if (event.target.matches?.("details.cv-menu[open]")) document.querySelectorAll("details.cv-menu[open]").forEach((d) => { if (d !== event.target) d.open = false; });
    }, true);
    document.addEventListener("click", (event) => {
      document.querySelectorAll("details.cv-menu[open]").forEach((d) => { if (!d.contains(event.target)) d.open = false; });
    });
    // What another tab did is shown when this one is looked at again.
    addEventListener("focus", () => cv.call({ act: "refresh" }));
    field().focus({ preventScroll: true });
  };

  function send() {
    const text = field().value.trim();
    if (!text) return cv.status("Type a question first.", false);
    field().value = "";
    grow();
    return cv.ask(text);
  }

  function grow() {
    const input = field();
    input.style.height = "auto";
    input.style.height = Math.min(160, input.scrollHeight + 2) + "px";
  }

  // -- copying and theme ----------------------------------------------------------------------------

  async function copy(node) {
    const text = node.closest("[data-copy]")?.dataset.copy;
    if (!text) return;
    try { await navigator.clipboard.writeText(text); } catch { fallback(text); }
    cv.copied = text;
    cv.status("Copied with its citation.", false);
    cv.say("Copied with its citation.");
  }

  function fallback(text) {
    // Without a secure context the clipboard API is missing; the old way keeps every character
    // when it is told the text instead of a selection.
    const listener = (event) => { event.clipboardData.setData("text/plain", text); event.preventDefault(); };
    document.addEventListener("copy", listener, { once: true });
    document.execCommand("copy");
    document.removeEventListener("copy", listener);
  }

  function theme(wanted) {
    const dark = wanted ? wanted === "dark" : !document.body.classList.contains("dark");
    document.body.classList.toggle("dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    try { localStorage.setItem("chapter-verse-theme", dark ? "dark" : "light"); } catch { /* private window */ }
  }

  // -- keys -------------------------------------------------------------------------------------------

  const openCard = (card) => { card.focus({ preventScroll: true }); card.querySelector("[data-act=open]")?.click(); };

  function move(by) {
    const all = cards();
    if (!all.length) return;
    const now = all.indexOf(document.activeElement.closest?.(".cv-card"));
    const turns = document.querySelectorAll("#cv-thread .cv-turn");
    const last = Math.max(1, turns[turns.length - 1].querySelectorAll(".cv-card").length);
    const next = now < 0 ? (by > 0 ? all.length - last : all.length - 1) : now + by;
    const card = all[Math.min(all.length - 1, Math.max(0, next))];
    card.focus();
    card.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !field()) return;
    const input = field();
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.target === input && event.key === "ArrowUp" && !input.value) {
      const asked = document.querySelectorAll(".cv-question");
      if (!asked.length) return;
      input.value = asked[asked.length - 1].textContent;
      event.preventDefault();
    } else if (event.key === "Escape") {
      document.querySelectorAll("details.cv-menu[open]").forEach((d) => { d.open = false; });
      if (!at("cv-drawer").hidden) return cv.drawer(false);
      if (at("cv-app").dataset.pane === "reader") cv.pane("talk");
      if (event.target === input && input.value) input.value = ""; else input.focus();
    } else if (typing) {
      return;
    } else if (event.key === "/") { input.focus(); event.preventDefault(); }
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (document.activeElement.classList?.contains("cv-card")) {
      const wanted = { Enter: "open", c: "copy", s: "keep" }[event.key];
      if (wanted) { document.activeElement.querySelector(`[data-act=${wanted}]`)?.click(); event.preventDefault(); }
    }
  });

  cv.theme = theme;
  const start = () => {
    let wanted = null;
    try { wanted = localStorage.getItem("chapter-verse-theme"); } catch { /* private window */ }
    if (wanted) theme(wanted);
    const live = document.createElement("div");
    live.id = "cv-live";
    live.className = "cv-hidden";
    live.setAttribute("role", "status");
    document.body.append(live);
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
