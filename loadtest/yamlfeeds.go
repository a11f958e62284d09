package loadtest

import (
	"path/filepath"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// identifier is what names of feeds and captures look like: expressions must be able to hold them.
var identifier = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// feeds reads the test data that the script names.
func (r *scriptReader) feeds(m *strictyaml.Map) {
	v, ok := m.Get("feeds")
	if !ok {
		return
	}
	for _, e := range v.Map().Entries() {
		if !r.isFreeName(e) {
			continue
		}
		f := r.feed(e.Key, e.Value)
		r.plan.feeds = append(r.plan.feeds, f)
	}
}

// isFreeName says whether a name can be given by the script.
func (r *scriptReader) isFreeName(e strictyaml.Entry) bool {
	switch {
	case !identifier().MatchString(e.Key):
		e.ComplainKey("must be a name of letters, digits and _, which ${…} can hold")
	case reserved(e.Key):
		e.ComplainKey("is a word of the language; choose another name")
	default:
		return true
	}
	return false
}

// feed reads {csv: FILE}, {json: FILE} or {rows: […]}, and how the rows are given out.
func (r *scriptReader) feed(name string, v strictyaml.Value) *feed {
	f := &feed{name: name, shared: true}
	m := v.Map()
	csvFile, hasCSV := m.Get("csv")
	jsonFile, hasJSON := m.Get("json")
	rows, hasRows := m.Get("rows")
	if order, ok := m.Get("order"); ok {
		word, _ := order.OneOf("sequential", "random")
		f.random = word == "random"
		f.shared = !f.random
	}
	if scope, ok := m.Get("scope"); ok {
		word, _ := scope.OneOf("shared", "user")
		f.shared = word == "shared"
	}
	if keep, ok := m.Get("keep"); ok {
		word, _ := keep.OneOf("iteration", "user")
		f.forLife = word == "user"
	}
	m.Done()
	if m.Wrong() {
		return f
	}
	if n := count(hasCSV, hasJSON, hasRows); n != 1 {
		v.Complain("must hold exactly one of csv: FILE, json: FILE or rows: [{…}]")
		return f
	}
	switch {
	case hasCSV:
		r.readFile(csvFile, f.readCSV)
	case hasJSON:
		r.readFile(jsonFile, f.readJSON)
	default:
		r.rows(f, rows)
	}
	return f
}

func count(all ...bool) int {
	n := 0
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

// readFile has the content of a file beside the script read, and reports what is wrong with it at its place there.
func (r *scriptReader) readFile(v strictyaml.Value, read func([]byte) []strictyaml.Problem) {
	name, ok := v.Text()
	if !ok {
		return
	}
	dir := filepath.Dir(r.name)
	beside, err := openFolder(dir)
	if err != nil {
		v.Refuse("the script's folder must be readable: %v", err)
		return
	}
	defer beside.close()
	data, err := beside.read(name, MaxFeedFile)
	if err != nil {
		v.Refuse("%v", err)
		return
	}
	for _, problem := range read(data) {
		problem.File = filepath.Join(dir, name)
		r.doc.Add(problem)
	}
}

func (r *scriptReader) rows(f *feed, v strictyaml.Value) {
	items := v.List()
	if !v.IsList() {
		return
	}
	list, _ := v.Any().([]any)
	for i := range list {
		list[i] = plainNumbers(list[i])
	}
	for _, wrong := range f.setRows(list) {
		at := v
		if wrong.row < len(items) {
			at = items[wrong.row]
		}
		at.Complain("%s", strings.Replace(wrong.message, "an object", "a mapping", 1))
	}
}
