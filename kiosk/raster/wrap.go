package raster

import "strings"

// Characters that may not begin a line, and those that may not end one.
const (
	noBegin = "。，、；：！？）》】」』〉〕｝”’…—～·％‰℃,.;:!?)]}%々"
	noEnd   = "（《【「『〈〔｛“‘([{￥$#"
)

// token is a part of a line that stays together, or a gap.
type token struct {
	text []rune
	// ems are the characters' widths in parts of emParts of the size.
	ems   []int32
	space bool
}

// emParts is how finely widths are known.
const emParts = 4096

// wideAt is what a width takes at a size, in whole dots.
func wideAt(em int32, size int) int { return (int(em)*size + emParts - 1) / emParts }

func (t *token) wide(size int) (sum int) {
	for _, em := range t.ems {
		sum += wideAt(em, size)
	}
	return sum
}

// wide reports whether a line may break on both sides of a character.
func wide(r rune) bool { return r >= 0x2E80 || strings.ContainsRune(noBegin+noEnd, r) && r > 0x7F }

// counted are characters that stay with the number before them: 18号, 3楼.
const counted = "号楼层室幢栋院区巷米年月日时点分秒路"

// softAfter are marks after which a line breaks well, as it does at a gap.
const softAfter = "，。、；：！？）》】」』·"

// tokens cuts a paragraph where it may be broken; soft, only where it reads well: at gaps and
// after marks.
func tokens(text string, soft bool, em func(rune) int32) []token {
	var out []token
	glue := false
	for _, r := range text {
		if breaks(r) {
			r = ' '
		}
		space := r == ' ' || r == '　'
		n := len(out)
		join := n > 0 && !space && !out[n-1].space && (glue || sticks(last(out[n-1].text), r, soft))
		if !join && (!space || n == 0 || !out[n-1].space) {
			out = append(out, token{space: space})
			n++
		}
		t := &out[n-1]
		t.text, t.ems = append(t.text, r), append(t.ems, em(r))
		glue = strings.ContainsRune(noEnd, r)
	}
	return out
}

// sticks reports whether no line may break between two characters.
func sticks(before, r rune, soft bool) bool {
	switch {
	case strings.ContainsRune(noBegin, r):
		return true
	case soft:
		return !strings.ContainsRune(softAfter, before)
	case before >= '0' && before <= '9' && strings.ContainsRune(counted, r):
		return true
	default:
		return !wide(r) && !wide(before)
	}
}

func last(r []rune) rune { return r[len(r)-1] }

// wrap breaks a paragraph into lines no wider than most at a size, gives each to emit where
// there is one, and returns how many they are. Forced says that a part that should stay
// together had to be cut, or that even one character is too wide.
func wrap(parts []token, size, most int, emit func([]rune)) (lines int, forced bool) {
	var line []rune
	used := 0
	flush := func() {
		if used > 0 {
			lines++
			if emit != nil {
				emit(line)
			}
		}
		line, used = line[:0], 0
	}
	put := func(t []rune, n int) {
		if emit != nil {
			line = append(line, t...)
		}
		used += n
	}
	for i := range parts {
		t := &parts[i]
		n := t.wide(size)
		switch {
		case t.space && used == 0:
		case t.space && used+n > most:
			flush()
		case used+n <= most:
			put(t.text, n)
		case n <= most:
			flush()
			put(t.text, n)
		default:
			forced = true
			for k := range t.text {
				n := wideAt(t.ems[k], size)
				if used+n > most {
					flush()
				}
				put(t.text[k:k+1], n)
			}
		}
	}
	flush()
	return lines, forced
}

// phrases are a paragraph's tokens, cut where it may be broken and where it reads well, and
// how far its letters reach, in parts of the em square.
type phrases struct {
	hard, soft  []token
	top, bottom float32
}

// count is how many lines a paragraph takes. Forced is wrap's; rough says that a line ends
// within a phrase.
func (p *phrases) count(size, most int) (lines int, forced, rough bool) {
	lines, forced = wrap(p.hard, size, most, nil)
	if forced || lines < 2 {
		return lines, forced, forced
	}
	if n, bad := wrap(p.soft, size, most, nil); !bad && n <= lines {
		return n, false, false
	}
	return lines, false, true
}

// balance breaks a paragraph into as few lines as count says: where it reads well if those are
// no more, and as even as they can be, so that no character is left over on a line of its own.
func (p *phrases) balance(size, most int) (lines []string, forced, rough bool) {
	n, forced, rough := p.count(size, most)
	parts := p.soft
	if rough || n < 2 {
		parts = p.hard
	}
	if !forced && n > 1 {
		low, high := most/n, most
		for low < high {
			mid := (low + high) / 2
			if some, bad := wrap(parts, size, mid, nil); bad || some > n {
				low = mid + 1
			} else {
				high = mid
			}
		}
		most = high
	}
	wrap(parts, size, most, func(line []rune) {
		lines = append(lines, strings.TrimRight(string(line), " 　"))
	})
	return lines, forced, rough
}
