package wires

import (
	"errors"
	"fmt"
)

// ErrLayout is wrapped by every error of Layout.Check.
var ErrLayout = errors.New("cable order can't be")

// Place is where one device stands on the cable.
type Place struct {
	// Device is its name. Label is how people call it; empty: the name.
	Device, Label string
	// After is the device before it, seen from the booth; empty: it is the first, right
	// behind the booth. Several devices after the same one are branches there.
	After string
}

// Layout is a bus's cable.
type Layout struct {
	// Bus is its name.
	Bus    string
	Places []Place
	// Loop: the last device is wired back to the booth, and both ends are fed. A loop has no
	// branches.
	Loop bool
}

// Line is the layout of a cable without branches, in this order.
func Line(bus string, devices ...string) Layout {
	l := Layout{Bus: bus, Places: make([]Place, len(devices))}
	for i, d := range devices {
		l.Places[i].Device = d
		if i > 0 {
			l.Places[i].After = devices[i-1]
		}
	}
	return l
}

// Positioned is one device by its position number, as installers write it: 1 is next to the
// booth. Branch names a branch cable, empty the main one; a branch begins behind From, a
// device, and counts from 1 again.
type Positioned struct {
	Device, Label string
	Position      int
	Branch, From  string
}

// FromPositions is the layout of numbered devices. Numbers may leave gaps. The same number
// twice on one branch, a branch without a beginning, or with two, wraps ErrLayout.
func FromPositions(bus string, loop bool, list []Positioned) (Layout, error) {
	l := Layout{Bus: bus, Loop: loop}
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("order bus %s: "+format+": %w", append(append([]any{bus}, args...), ErrLayout)...))
	}
	for i := range list {
		p := &list[i]
		if p.Position < 1 {
			bad("%s has position %d (count from 1 at the booth)", p.Device, p.Position)
		}
		place := Place{Device: p.Device, Label: p.Label}
		best := 0
		begins := p.From
		for j := range list {
			q := &list[j]
			if i == j || q.Branch != p.Branch {
				continue
			}
			if q.Position == p.Position && i < j {
				bad("%s and %s are both at position %d of %q", p.Device, q.Device, p.Position, p.Branch)
			}
			if q.Position < p.Position && q.Position > best {
				best, place.After = q.Position, q.Device
			}
			switch {
			case q.From != "" && begins != "" && q.From != begins && i < j:
				bad("branch %q begins behind %s and behind %s", p.Branch, begins, q.From)
			case begins == "":
				begins = q.From
			}
		}
		if p.Branch == "" && p.From != "" {
			bad("%s is on the main cable and has a beginning, %s (name its branch)", p.Device, p.From)
		}
		if best == 0 && p.Branch != "" {
			place.After = begins
			if begins == "" {
				bad("branch %q begins nowhere (name the device that it leaves behind)", p.Branch)
			}
		}
		l.Places = append(l.Places, place)
	}
	if len(errs) == 0 {
		errs = append(errs, l.Check())
	}
	return l, errors.Join(errs...)
}

// Check reports everything that is wrong with a layout, each problem wrapping ErrLayout.
func (l Layout) Check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("order bus %s: "+format+": %w", append(append([]any{l.Bus}, args...), ErrLayout)...))
	}
	at := make(map[string]int, len(l.Places))
	followers := map[string]int{}
	for i, p := range l.Places {
		if _, twice := at[p.Device]; twice || p.Device == "" {
			bad("device %q stands twice, or has no name", p.Device)
		}
		at[p.Device] = i
		followers[p.After]++
	}
	for _, p := range l.Places {
		if _, ok := at[p.After]; p.After != "" && !ok {
			bad("%s stands behind %q, which is not on this bus", p.Device, p.After)
		}
		if l.Loop && followers[p.Device] > 1 || l.Loop && followers[""] > 1 {
			bad("a loop has no branches, %s has (make it a line, or remove them)", p.Device)
			break
		}
	}
	for _, p := range l.Places {
		seen := 0
		for after := p.After; after != ""; seen++ {
			i, ok := at[after]
			if !ok {
				break
			}
			if seen > len(l.Places) {
				bad("%s stands behind itself", p.Device)
				return errors.Join(errs...)
			}
			after = l.Places[i].After
		}
	}
	return errors.Join(errs...)
}

// tree is a layout made ready: parents and children by index, the booth at -1.
type tree struct {
	layout   *Layout
	parent   []int
	children [][]int // index 0 is the booth, i+1 is place i
}

func grow(l *Layout) (*tree, bool) {
	t := &tree{layout: l, parent: make([]int, len(l.Places)), children: make([][]int, len(l.Places)+1)}
	if l.Check() != nil {
		return nil, false
	}
	at := make(map[string]int, len(l.Places))
	for i, p := range l.Places {
		at[p.Device] = i
	}
	for i, p := range l.Places {
		t.parent[i] = -1
		if p.After != "" {
			t.parent[i] = at[p.After]
		}
		t.children[t.parent[i]+1] = append(t.children[t.parent[i]+1], i)
	}
	return t, true
}

// label is how people call a place, the booth for -1.
func (t *tree) label(i int) (zh, en string) {
	if i < 0 {
		return "驿站", "the booth"
	}
	p := t.layout.Places[i]
	if p.Label != "" {
		return p.Label, p.Label
	}
	return p.Device, p.Device
}
