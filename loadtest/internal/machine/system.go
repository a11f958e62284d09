package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// system is where the kernel's files are found: below a folder, which is empty but in tests.
type system struct{ root string }

func (s system) path(name string) string { return filepath.Join(s.root, name) }

// read is the text of a file of the kernel.
func (s system) read(name string) (string, bool) {
	data, err := os.ReadFile(s.path(name))
	return string(data), err == nil
}

// ports is how many ports the kernel picks from for connections that go out.
func (s system) ports() *int {
	text, ok := s.read("/proc/sys/net/ipv4/ip_local_port_range")
	bounds, valid := integers(text)
	if !ok || !valid || len(bounds) != 2 || bounds[0] < 1 || bounds[1] < bounds[0] || bounds[1] > 65535 {
		return nil
	}
	n := int(bounds[1] - bounds[0] + 1)
	return &n
}

func (s system) descriptors() *Descriptors {
	folder, err := os.Open(s.path("/proc/self/fd"))
	if err != nil {
		return nil
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	limit, known := descriptorLimit()
	if err != nil || !known {
		return nil
	}
	return &Descriptors{Used: len(names) - 1, Limit: limit} // one is the folder's own
}

// integers are the numbers of a text that has nothing but numbers.
func integers(text string) ([]int64, bool) {
	var numbers []int64
	for _, field := range strings.Fields(text) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}
