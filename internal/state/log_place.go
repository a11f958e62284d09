package state

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// Place is where in a log a record is. It stays good when the file is renamed, and until it is removed.
type Place struct {
	file   os.FileInfo
	offset int64
	length int
}

// ErrGone is the error of At for a record that is no longer in the log.
var ErrGone = errors.New("no longer in the decision log")

// Place is where the record is that Next returned last. Its identity is shared by all records of a file, so a place takes few
// bytes. A log from elsewhere has no places: At finds nothing there.
func (r *LogReader) Place() Place { return r.place }

// mark remembers the place of a line that ends at what was looked at last.
func (r *LogReader) mark(length int) {
	r.place = Place{r.info, r.offset - int64(len(r.buffer)+length), length}
}

// At reads the record at a place of the log.
func (l Log) At(place Place) (Record, error) {
	for _, path := range []string{l.Path, l.older()} {
		opened, err := openRegular(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Record{}, err
		}
		if opened.is(place.file) {
			defer opened.close()
			return place.read(opened.file)
		}
		opened.close()
	}
	return Record{}, ErrGone
}

func (p Place) read(file *os.File) (Record, error) {
	line := make([]byte, p.length)
	if _, err := file.ReadAt(line, p.offset); err != nil {
		return Record{}, ErrGone // it was emptied
	}
	var record Record
	if json.Unmarshal(line, &record) != nil || !record.usable() {
		return Record{}, ErrGone
	}
	return record, nil
}
