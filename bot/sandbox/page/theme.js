// Sets the chosen colours before the first paint, so that the page never flashes.
// It is a plain script on purpose: a module would run after the page was drawn.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
})();
