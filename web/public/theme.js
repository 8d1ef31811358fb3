// Runs before the first paint, so that the page never flashes in the wrong theme.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("mynah.theme");
  } catch {
    // Storage is blocked: the system's preference it is.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = choice === "dark" || choice === "light" ? choice : dark ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
})();
