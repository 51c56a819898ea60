// The script of the page: sends clicks to the server, keeps focus and folds over a re-rendering,
// keyboard habits, theme, copying and downloads. It never builds HTML from document text.
(() => {
  "use strict";
  if (window.chapterVerse) return;

  const keyOf = (node) => {
    if (!node) return null;
    const keys = ["act", "turn", "quote", "also", "hit", "by", "term", "source", "kept", "form", "key"];
    const parts = keys.map((k) => node.dataset?.[k] ?? "");
    return node.tagName + "|" + node.id + "|" + parts.join("|");
  };
  const find = (root, key) =>
    [...root.querySelectorAll("[data-act],[data-turn],[data-key],[id],input")].find((n) => keyOf(n) === key);

  // -- binding one component -------------------------------------------------------------------

  function bind(element, send, watch) {
    let focused = null;
    const act = (node, extra) => {
      const data = { ...node.dataset, ...extra };
      const menu = node.closest("details.cv-menu");
      if (menu) menu.open = false;
      if (data.act === "copy") return copy(node);
      if (data.act === "theme") return theme();
      // A second click on a button whose work is under way must not do it twice.
      if (node.getAttribute("aria-busy") === "true") return undefined;
      if (data.act !== "pick") node.setAttribute("aria-busy", "true");
      setTimeout(() => node.removeAttribute("aria-busy"), 1200);
      return send(data);
    };
    element.addEventListener("click", (event) => {
      const node = event.target.closest("[data-act]");
      if (node && element.contains(node) && node.tagName !== "FORM" && node.type !== "checkbox") act(node);
      else if (!node && !String(getSelection())) {
        const card = event.target.closest(".cv-card");
        if (card && !event.target.closest("summary,details")) openCard(card);
      }
    });
    element.addEventListener("change", (event) => {
      if (event.target.type === "checkbox" && event.target.dataset.act) act(event.target);
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target;
      const value = form.elements.term?.value.trim();
      if (value) act(form, { term: value });
    });
    element.addEventListener("focusin", (event) => {
      focused = keyOf(event.target.closest("[data-act],[data-turn],[data-key],[id]"));
    });
    element.addEventListener("focusout", (event) => {
      if (event.relatedTarget) focused = null;
    });
    const open = new Set();
    element.addEventListener("toggle", (event) => {
      const key = foldKey(event.target);
      if (event.target.open) open.add(key); else open.delete(key);
    }, true);
    watch("value", () => {
      element.querySelectorAll("details").forEach((d) => { if (open.has(foldKey(d))) d.open = true; });
      if (focused && document.activeElement === document.body) find(element, focused)?.focus({ preventScroll: true });
      settle(element);
    });
    settle(element);
  }

  const foldKey = (node) => {
    const home = node.closest("[data-turn],[id]");
    return (home ? home.id + (home.dataset.turn ?? "") + (home.dataset.quote ?? "") : "") + node.className;
  };

  // -- after a part of the page was drawn anew ---------------------------------------------------

  let seen = null;
  function settle(element) {
    if (element.querySelector(".cv-view")) reveal(element);
    if (!element.querySelector(".cv-turn, .cv-welcome")) return;
    const all = element.querySelectorAll(".cv-turn");
    const last = all[all.length - 1];
    // A question that was put and its answer are each brought into view once; keeping a quote or
    // widening it must not move the page.
    const now = last ? last.id + (last.querySelector(".cv-waiting") ? "?" : "") : "";
    if (seen !== null && last && now !== seen) {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      last.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
      if (!last.querySelector(".cv-waiting")) say(last.querySelector(".cv-foot span, .cv-none")?.textContent ?? "");
    }
    seen = now;
  }

  function reveal(element) {
    const scroller = element.querySelector(".cv-scroll");
    const mark = element.querySelector("#cv-here, .cv-box");
    if (!scroller || !mark) return;
    const place = () => {
      const box = mark.getBoundingClientRect(), frame = scroller.getBoundingClientRect();
      scroller.scrollTop += box.top - frame.top - Math.max(24, frame.height / 4);
    };
    const image = element.querySelector(".cv-page img");
    if (image && !image.complete) image.addEventListener("load", place, { once: true });
    place();
  }

  // -- copying, downloads, theme -----------------------------------------------------------------

  async function copy(node) {
    const card = node.closest("[data-copy]");
    if (!card) return;
    const text = card.dataset.copy;
    try { await navigator.clipboard.writeText(text); } catch { fallbackCopy(text); }
    window.chapterVerse.copied = text;
    const label = node.textContent;
    node.textContent = "Copied";
    setTimeout(() => { node.textContent = label; }, 1500);
    say("Copied with its citation.");
  }

  function fallbackCopy(text) {
    // Without a secure context the clipboard API is missing; the old way keeps every character
    // when it is told the text instead of a selection.
    const listener = (event) => { event.clipboardData.setData("text/plain", text); event.preventDefault(); };
    document.addEventListener("copy", listener, { once: true });
    document.execCommand("copy");
    document.removeEventListener("copy", listener);
  }

  function receive(file) {
    if (!file || !file.data) return;
    const bytes = Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: file.type }));
    const link = document.createElement("a");
    link.href = url + (file.show && file.page ? "#page=" + Number(file.page) : "");
    if (file.show) { link.target = "_blank"; link.rel = "noopener"; } else link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  function theme(wanted) {
    const dark = wanted ? wanted === "dark" : !document.body.classList.contains("dark");
    document.body.classList.toggle("dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    try { localStorage.setItem("chapter-verse-theme", dark ? "dark" : "light"); } catch { /* private window */ }
  }

  function say(text) {
    const line = document.querySelector("#cv-live");
    if (line && text) { line.textContent = ""; setTimeout(() => { line.textContent = text; }, 30); }
  }

  // -- keyboard ----------------------------------------------------------------------------------

  const field = () => document.querySelector("#cv-question textarea, #cv-question input");
  const cards = () => [...document.querySelectorAll("#cv-thread .cv-card")];
  const openCard = (card) => { card.focus({ preventScroll: true }); card.querySelector("[data-act=open]")?.click(); };

  function move(by) {
    const all = cards();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement.closest?.(".cv-card"));
    const next = here < 0 ? (by > 0 ? all.length - latest() : all.length - 1) : here + by;
    const card = all[Math.min(all.length - 1, Math.max(0, next))];
    card.focus();
    card.scrollIntoView({ block: "nearest" });
  }
  const latest = () => {
    const all = document.querySelectorAll("#cv-thread .cv-turn");
    return all.length ? Math.max(1, all[all.length - 1].querySelectorAll(".cv-card").length) : 1;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const input = field();
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.target === input && event.key === "ArrowUp" && !input.value) {
      const asked = document.querySelectorAll(".cv-question");
      if (!asked.length) return;
      input.value = asked[asked.length - 1].textContent;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      event.preventDefault();
    } else if (event.key === "Escape") {
      document.querySelectorAll("details.cv-menu[open]").forEach((d) => { d.open = false; });
      if (event.target === input && input.value) {
        input.value = "";
        input.dispatchEvent(new Event("input", { bubbles: true }));
      } else input?.focus();
    } else if (typing) {
      return;
    } else if (event.key === "/") { input?.focus(); event.preventDefault(); }
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (document.activeElement.classList?.contains("cv-card")) {
      const keys = { Enter: "open", c: "copy", s: "keep" };
      const wanted = keys[event.key];
      if (wanted) { document.activeElement.querySelector(`[data-act=${wanted}]`)?.click(); event.preventDefault(); }
    }
  });

  window.chapterVerse = { bind, receive, theme, say, copied: null };
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
