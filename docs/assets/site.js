// What Zensical's script adds to a page, made fit for keyboards and screen readers.

new MutationObserver(() => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) {
    table.tabIndex = 0; // it scrolls
  }
  for (const nav of document.querySelectorAll(".md-code__nav")) {
    nav.role = "none"; // a button, no navigation
  }
}).observe(document.documentElement, { childList: true, subtree: true });
