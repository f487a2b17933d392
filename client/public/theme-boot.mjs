// Runs before the first paint. The content security policy forbids inline scripts, hence a file of its own.
(function () {
  try {
    var choice = localStorage.getItem('datairis.theme');
    if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
  } catch (error) {
    // Storage may be blocked; then the system's preference stands.
    void error;
  }
})();
