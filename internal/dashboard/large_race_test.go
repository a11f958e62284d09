//go:build race

package dashboard

// large is less than without the race detector, which makes reading a log twenty times slower.
const large = 20_000
