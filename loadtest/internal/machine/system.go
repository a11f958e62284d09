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
	data, err := readFile(s.path(name))
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
	used, ok := s.openDescriptors()
	limit, known := descriptorLimit()
	if !ok || !known {
		return nil
	}
	return &Descriptors{Used: used, Limit: limit}
}

// openDescriptors is how many there are. Since Linux 6.2 their folder has that as its size; before, its size is 0, and it takes
// a listing, which is slow where there are thousands.
func (s system) openDescriptors() (n int, ok bool) {
	path := s.path("/proc/self/fd")
	if info, err := os.Stat(path); err == nil && info.Size() > 0 && s.root == "" {
		return int(info.Size()), true
	}
	return countNames(path)
}

// countNames is how many names a folder of descriptors has, without the one that listing it takes.
func countNames(path string) (n int, ok bool) {
	folder, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	return len(names) - 1, err == nil
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
