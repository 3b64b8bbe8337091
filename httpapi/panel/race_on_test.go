//go:build race

package panel_test

// underRace looks at the pages in one size and theme: what a browser alone decides (contrast, widths, names of controls) is the plain run's
// business; the race detector watches the server.
const underRace = true
