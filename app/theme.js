// Applies the theme the reader chose, before the first paint; without a choice the style sheet follows the system.
try {
  const theme = localStorage.getItem('theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: follow the system.
}
