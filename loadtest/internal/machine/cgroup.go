package machine

import (
	"path/filepath"
	"strings"
)

// groups are the control groups that may limit this process's processor time, from its own outwards to the last that can
// be seen from here. All of their limits apply.
type groups []group

// group is one of them, as it was at one moment.
type group struct {
	system     system
	folder     string
	unified    bool        // of the second version, cgroup v2
	cores      float64     // infinite without a limit, or if it is not known
	throttling *Throttling // so far
}

// groups finds and reads the control groups of this process, in both versions: where both are mounted, only one has the cpu
// controller and so the files to read.
func (s system) groups() groups {
	membership, _ := s.read("/proc/self/cgroup")
	mounts, _ := s.read("/proc/self/mountinfo")
	var found groups
	for _, line := range strings.Split(membership, "\n") {
		// 4:cpu,cpuacct:/kubepods/pod1/c1, or in version 2 0::/kubepods/pod1/c1
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch unified := parts[0] == "0" && parts[1] == ""; {
		case unified:
			found = append(found, s.chain(mounts, "cgroup2", parts[2])...)
		case hasWord(parts[1], "cpu"):
			found = append(found, s.chain(mounts, "cgroup", parts[2])...)
		}
	}
	return found.again()
}

// chain is the control group at a path of the hierarchy and those around it, as far as they are mounted. Of several mounts
// the one that shows most of them is used.
func (s system) chain(mounts, kind, path string) groups {
	var longest groups
	for _, line := range strings.Split(mounts, "\n") {
		root, point, ok := parseMount(line, kind)
		if !ok {
			continue
		}
		below, ok := relative(path, root)
		if !ok {
			continue
		}
		var chain groups
		for {
			chain = append(chain, group{system: s, folder: filepath.Join(point, below), unified: kind == "cgroup2"})
			if below == "/" {
				break
			}
			below = filepath.Dir(below)
		}
		if len(chain) > len(longest) {
			longest = chain
		}
	}
	return longest
}

// parseMount reads a line of mountinfo, see proc(5): which folder of the hierarchy is mounted, and where. Lines of other
// kinds of mounts, and in version 1 of other controllers, are not ok.
func parseMount(line, kind string) (root, point string, ok bool) {
	before, after, ok := strings.Cut(line, " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !ok || len(left) < 5 || len(right) < 3 || right[0] != kind {
		return "", "", false
	}
	if kind == "cgroup" && !hasWord(right[2], "cpu") {
		return "", "", false
	}
	return unescape.Replace(left[3]), unescape.Replace(left[4]), true
}

// unescape undoes what the kernel does to white space in names.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// hasWord says whether a list with commas has the word.
func hasWord(list, word string) bool {
	return strings.Contains(","+list+",", ","+word+",")
}

// relative is where a path of the hierarchy is found below a mount of root. Neither a path beside the root nor one outside
// of this process's cgroup namespace, which begins with /.., can be found.
func relative(path, root string) (string, bool) {
	if !strings.HasPrefix(path, "/") || !strings.HasPrefix(root, "/") || strings.HasPrefix(path+"/", "/../") {
		return "", false
	}
	path, root = filepath.Clean(path), filepath.Clean(root)
	switch {
	case root == "/":
		return path, true
	case path == root:
		return "/", true
	}
	below, ok := strings.CutPrefix(path, root+"/")
	return "/" + below, ok
}
