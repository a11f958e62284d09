//go:build !race

package dashboard

// large is how many decisions a large log has.
const large = 100_000
