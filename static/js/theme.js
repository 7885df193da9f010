// Runs before the first paint: people who follow their device get its theme; paper is always light.
(function () {
  var root = document.documentElement
  var dark = window.matchMedia('(prefers-color-scheme: dark)')
  var chosen = root.dataset.theme || 'light'
  function show (name) { root.setAttribute('data-bs-theme', name) }
  function paint () { show(chosen === 'system' ? (dark.matches ? 'dark' : 'light') : chosen) }
  paint()
  dark.addEventListener('change', paint)
  window.addEventListener('beforeprint', function () { show('light') })
  window.addEventListener('afterprint', paint)
})()
