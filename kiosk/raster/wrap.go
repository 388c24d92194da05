package raster

import "strings"

// Characters that may not begin a line, and those that may not end one.
const (
	noBegin = "。，、；：！？）》】」』〉〕｝”’…—～·％‰℃,.;:!?)]}%々"
	noEnd   = "（《【「『〈〔｛“‘([{￥$#"
)

// token is a part of a line that stays together, or a gap.
type token struct {
	text  []rune
	space bool
}

// wide reports whether a line may break on both sides of a character.
func wide(r rune) bool { return r >= 0x2E80 || strings.ContainsRune(noBegin+noEnd, r) && r > 0x7F }

// counted are characters that stay with the number before them: 18号, 3楼.
const counted = "号楼层室幢栋院区巷米年月日时点分秒路"

// softAfter are marks after which a line breaks well, as it does at a gap.
const softAfter = "，。、；：！？）》】」』·"

// tokens cuts a paragraph where it may be broken; soft, only where it reads well: at gaps and
// after marks.
func tokens(text string, soft bool) []token {
	var out []token
	glue := false
	for _, r := range text {
		if breaks(r) {
			r = ' '
		}
		space := r == ' ' || r == '　'
		n := len(out)
		join := n > 0 && !space && !out[n-1].space && (glue || sticks(last(out[n-1].text), r, soft))
		if join || space && n > 0 && out[n-1].space {
			out[n-1].text = append(out[n-1].text, r)
		} else {
			out = append(out, token{[]rune{r}, space})
		}
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

// ruler measures characters at one size.
type ruler func(r rune) int

func (w ruler) text(t []rune) (sum int) {
	for _, r := range t {
		sum += w(r)
	}
	return sum
}

// wrap breaks a paragraph into lines no wider than most. Forced says that a part that should
// stay together had to be cut, or that even one character is too wide.
func wrap(parts []token, most int, w ruler) (lines []string, forced bool) {
	var line []rune
	used := 0
	flush := func() {
		if t := strings.TrimRight(string(line), " 　"); t != "" {
			lines = append(lines, t)
		}
		line, used = nil, 0
	}
	put := func(t []rune, n int) { line, used = append(line, t...), used+n }
	for _, t := range parts {
		n := w.text(t.text)
		switch {
		case t.space && len(line) == 0:
		case t.space && used+n > most:
			flush()
		case used+n <= most:
			put(t.text, n)
		case n <= most:
			flush()
			put(t.text, n)
		default:
			forced = true
			for _, r := range t.text {
				if n := w(r); used+n > most {
					flush()
					put([]rune{r}, n)
				} else {
					put([]rune{r}, n)
				}
			}
		}
	}
	flush()
	return lines, forced
}

// set is a paragraph in lines. Forced is wrap's; rough says that a line ends within a phrase.
type set struct {
	lines         []string
	forced, rough bool
}

// balance breaks a paragraph into as few lines as wrap does: where it reads well if those are
// no more, and as even as they can be, so that no character is left over on a line of its own.
func balance(text string, most int, w ruler) set {
	parts := tokens(text, false)
	lines, forced := wrap(parts, most, w)
	if forced || len(lines) < 2 {
		return set{lines, forced, forced}
	}
	rough := true
	soft := tokens(text, true)
	if some, bad := wrap(soft, most, w); !bad && len(some) <= len(lines) {
		parts, lines, rough = soft, some, false
	}
	low, high := most/len(lines), most
	for low < high {
		mid := (low + high) / 2
		if some, bad := wrap(parts, mid, w); bad || len(some) > len(lines) {
			low = mid + 1
		} else {
			high, lines = mid, some
		}
	}
	return set{lines, false, rough}
}
