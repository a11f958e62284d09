// The theme, before anything is painted: what the reader chose here, else what the system says.
(() => {
  'use strict';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const apply = () => { document.documentElement.dataset.theme = chosen() || (system.matches ? 'dark' : 'light'); };
  apply();
  system.addEventListener('change', () => { apply(); dispatchEvent(new Event('theme')); });
  window.changeTheme = () => {
    const other = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('theme', other); } catch { /* it lasts until the page is closed */ }
    document.documentElement.dataset.theme = other;
    dispatchEvent(new Event('theme'));
  };
})();
