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

// tokens cuts a paragraph where it may be broken.
func tokens(text string) []token {
	var out []token
	glue := false
	for _, r := range text {
		if breaks(r) {
			r = ' '
		}
		space := r == ' ' || r == '　'
		n := len(out)
		join := n > 0 && !space && !out[n-1].space && (glue || strings.ContainsRune(noBegin, r) ||
			!wide(r) && !wide(last(out[n-1].text)))
		switch {
		case join:
			out[n-1].text = append(out[n-1].text, r)
		case space && n > 0 && out[n-1].space:
			out[n-1].text = append(out[n-1].text, r)
		default:
			out = append(out, token{[]rune{r}, space})
		}
		glue = strings.ContainsRune(noEnd, r)
	}
	return out
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
func wrap(text string, most int, w ruler) (lines []string, forced bool) {
	var line []rune
	used := 0
	flush := func() {
		if t := strings.TrimRight(string(line), " 　"); t != "" {
			lines = append(lines, t)
		}
		line, used = nil, 0
	}
	put := func(t []rune, n int) { line, used = append(line, t...), used+n }
	for _, t := range tokens(text) {
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

// balance breaks a paragraph into as few lines as wrap does, and those as even as they can be,
// so that no single character is left over on a line of its own.
func balance(text string, most int, w ruler) (lines []string, forced bool) {
	lines, forced = wrap(text, most, w)
	if forced || len(lines) < 2 {
		return lines, forced
	}
	low, high := most/len(lines), most
	for low < high {
		mid := (low + high) / 2
		if some, bad := wrap(text, mid, w); bad || len(some) > len(lines) {
			low = mid + 1
		} else {
			high, lines = mid, some
		}
	}
	return lines, false
}
