package programme

// facts are what one day means for a programme, found out once a question.
type facts struct {
	today, yesterday date
	// begun and left say of each entry whether its part of the day begins today, and whether
	// yesterday's may still last.
	begun, left []bool
	rounds      map[*playlist]*cycle
}

// day returns the facts of the day so many days ahead; days are asked for in order.
func (q *question) day(ahead int) *facts {
	if ahead < len(q.facts) {
		return q.facts[ahead]
	}
	number := q.today + int64(ahead)
	f := &facts{
		today: dateOf(number), yesterday: dateOf(number - 1), rounds: make(map[*playlist]*cycle),
		begun: make([]bool, len(q.p.entries)), left: make([]bool, len(q.p.entries)),
	}
	for i, e := range q.p.entries {
		if e.on(q.name) {
			f.begun[i] = e.begins(f.today)
			f.left[i] = e.daily != nil && e.daily.crosses() && e.begins(f.yesterday)
		}
	}
	q.facts = append(q.facts, f)
	return f
}

// round is the day's round of a playlist, nil when none of its items is shown today.
func (f *facts) round(p *Programme, l *playlist) *cycle {
	if !l.dated {
		return l.always
	}
	if c, ok := f.rounds[l]; ok {
		return c
	}
	var members []int
	for _, m := range l.members {
		if p.items[m].shown(f.today.number) {
			members = append(members, m)
		}
	}
	c := p.round(members)
	f.rounds[l] = c
	return c
}

// runs reports whether entry i is in force at the minute.
func (f *facts) runs(i int, e *entry, minute int) bool {
	switch d := e.daily; {
	case d == nil:
		return f.begun[i]
	case !d.crosses():
		return f.begun[i] && d.has(minute)
	default:
		return f.begun[i] && minute >= d.from || f.left[i] && minute < d.until
	}
}

// pick is the playlist of a zone at a minute: of the highest entry in force that has something
// to show today, else the fallback; nil when the zone has none.
func (f *facts) pick(p *Programme, zone Zone, minute int) *playlist {
	for i, e := range p.entries {
		if l := e.zones[zone]; l != nil && f.runs(i, e, minute) && f.round(p, l) != nil {
			return l
		}
	}
	return p.fallback[zone]
}

// part is a stretch of one day, in minutes, during which a zone keeps its playlist.
type part struct {
	list        *playlist
	from, until int
}

// part is the stretch around a minute.
func (f *facts) part(q *question, zone Zone, minute int) part {
	edges := q.p.edges
	now := 0
	for now+1 < len(edges) && edges[now+1] <= minute {
		now++
	}
	out := part{list: f.pick(q.p, zone, minute), from: 0, until: dayMinutes}
	for i := now; i > 0; i-- {
		if f.pick(q.p, zone, edges[i-1]) != out.list {
			out.from = edges[i]
			break
		}
	}
	for _, edge := range edges[now+1:] {
		if f.pick(q.p, zone, edge) != out.list {
			out.until = edge
			break
		}
	}
	return out
}
