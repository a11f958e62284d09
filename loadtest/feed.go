package loadtest

import (
	"math/rand/v2"

	"github.com/expr-lang/expr/types"
)

// feed is a table of test data. Its rows are read-only and shared by all users; what differs is which row a user draws.
type feed struct {
	name    string
	columns []string
	texts   [][]string // the rows of a CSV file
	values  [][]any    // those of anything else
	random  bool       // draw at random instead of in order
	shared  bool       // deal the rows out among the users, instead of giving each user all of them
	forLife bool       // keep the first row for the user's life, instead of for an iteration
}

// drawing is where a user is in a feed.
type drawing struct {
	drawn     bool
	row       int
	iteration int // in which the row was drawn
	draws     int // so far
}

// onStartIteration is the number of the iteration that onStart counts as.
const onStartIteration = -1

func (f *feed) len() int { return max(len(f.texts), len(f.values)) }

// column is the index of a column.
func (f *feed) column(name string) int {
	for i, c := range f.columns {
		if c == name {
			return i
		}
	}
	return -1
}

// columnTypes is what is known of a row before it is drawn: a CSV file holds texts only.
func (f *feed) columnTypes() types.Map {
	all := types.Map{}
	if f.columns == nil { // the file could not be read, which has been reported
		all[types.Extra] = types.Any
	}
	for _, c := range f.columns {
		all[c] = types.Any
		if f.texts != nil {
			all[c] = types.String
		}
	}
	return all
}

func (f *feed) at(row, column int) any {
	if f.texts != nil {
		return f.texts[row][column]
	}
	return f.values[row][column]
}

// users is how many the rows are dealt out to: all that there may be, or if those are more than there are rows, as in the open
// model they easily are, those that there are from the beginning.
func (f *feed) users(o *Options) int {
	if most := o.MostUsers(); most <= f.len() {
		return most
	}
	return o.Users
}

// draw is the row that a user of so many gets next. Dealt out, user i of n has rows i, i+n, i+2n and so on, so no two users
// have the same row until every row has been used, and no user waits for another.
func (f *feed) draw(random *rand.Rand, id, users, draws int) int {
	rows := f.len()
	first, stride, own := 0, 1, rows
	if f.shared {
		first, stride = id-1, max(users, 1)
		own = 1
		if first %= rows; stride < rows {
			first = (id - 1) % stride
			own = (rows - first + stride - 1) / stride
		}
	}
	if f.random {
		return first + stride*choose(random, own)
	}
	return (first + stride*draws) % rows
}

// rowOf is the row of a feed that the user has now; the first use in an iteration draws it.
func (v *values) rowOf(index int) int {
	d, f, u := &v.feeds[index], v.user.class.feeds[index], v.user
	iteration := u.iteration
	if u.starting {
		iteration = onStartIteration
	}
	if d.drawn && (f.forLife || d.iteration == iteration) {
		return d.row
	}
	d.row = f.draw(u.random, u.id, f.users(&u.run.options), d.draws)
	d.drawn, d.iteration = true, iteration
	d.draws++
	return d.row
}

func (v *values) column(index, column int) any {
	return v.user.class.feeds[index].at(v.rowOf(index), column)
}

// row is a whole row as a mapping.
func (v *values) row(index int) map[string]any {
	f, row := v.user.class.feeds[index], v.rowOf(index)
	all := make(map[string]any, len(f.columns))
	for i, c := range f.columns {
		all[c] = f.at(row, i)
	}
	return all
}
