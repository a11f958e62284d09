package loadtest_test

import "testing"

// TestBadStarlark reads each script of testdata/badstar and compares all that is said about it with the .txt beside it.
func TestBadStarlark(t *testing.T) { refuseAll(t, "testdata/badstar/*.star") }
