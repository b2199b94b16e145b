// What the pages do beyond showing: a chart says a month's figures to who points at it, and the
// catalog can be searched. Everything is there without it, in the tables.
"use strict";

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);

const say = (event) => {
  const text = event.target instanceof Element ? event.target.getAttribute("data-tip") : null;
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, room))}px`;
  tip.style.top = `${Math.max(8, event.clientY - tip.offsetHeight - 12)}px`;
};
document.addEventListener("pointermove", say);
document.addEventListener("pointerdown", say);
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

const search = document.getElementById("search");
if (search) {
  const words = document.getElementById("words");
  const found = document.getElementById("found");
  const entries = [...document.querySelectorAll(".table-entry")].map((entry) => ({
    entry,
    details: entry.querySelector("details"),
    about: [...entry.children].filter((part) => part.localName !== "details")
      .map((part) => part.textContent).join(" ").toLowerCase(),
    rows: [...entry.querySelectorAll("tbody tr")].map((row) => ({
      row, text: row.textContent.toLowerCase(),
    })),
  }));
  const look = () => {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (text) => asked.every((word) => text.includes(word));
    let tables = 0;
    let columns = 0;
    for (const { entry, details, about, rows } of entries) {
      const hits = rows.filter(({ text }) => has(text));
      for (const { row, text } of rows) row.classList.toggle("hit", asked.length > 0 && has(text));
      entry.hidden = asked.length > 0 && hits.length === 0 && !has(about);
      details.open = asked.length > 0 && hits.length > 0;
      tables += entry.hidden ? 0 : 1;
      columns += hits.length;
    }
    for (const schema of document.querySelectorAll(".schema")) {
      schema.hidden = !schema.querySelector(".table-entry:not([hidden])");
    }
    found.textContent = asked.length ? `${tables} tables, ${columns} columns` : "";
  };
  words.addEventListener("input", look);
  search.addEventListener("submit", (event) => event.preventDefault());
}
