package programme

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxText    = 200
	maxPayload = 200
)

// mongolian are the format characters that Mongolian spelling needs.
const mongolian = "\u180e\u200c\u200d"

// finding is what is wrong with a text, and the way out.
type finding struct{ message, hint string }

// checkText finds what no text of a programme may hold.
func checkText(s string) *finding {
	switch n := utf8.RuneCountInString(s); {
	case strings.TrimSpace(s) == "":
		return &finding{"the text is empty", "write it, or remove the line"}
	case n > maxText:
		return &finding{fmt.Sprintf("the text has %d characters, at most %d", n, maxText), "make two items of it"}
	}
	for _, r := range s {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
			return &finding{fmt.Sprintf("the text holds %U, which no font can draw", r), "type that place again; the file is UTF-8"}
		case unicode.Is(unicode.Cf, r) && !strings.ContainsRune(mongolian, r), r == '\u2028', r == '\u2029':
			return &finding{fmt.Sprintf("the text holds the invisible character %U", r), "type that place again"}
		}
	}
	flat := flatten(s)
	for _, words := range takeoverWords {
		if strings.Contains(flat, words) {
			return &finding{fmt.Sprintf("%q is what a real alarm says", words), "say it in other words: a lesson must never be taken for an alarm"}
		}
	}
	for _, p := range everywhere {
		if m := p.pattern.FindString(flat); m != "" {
			return &finding{fmt.Sprintf("%q looks like %s", clip(m), p.what), "public screens name no unit, door or person"}
		}
	}
	return nil
}

// checkCase finds what tells who was in a true case, as far as letters and figures can show it.
func checkCase(s string) *finding {
	flat := flatten(s)
	for _, p := range inCases {
		if m := p.pattern.FindString(flat); m != "" {
			return &finding{fmt.Sprintf("%q looks like %s", clip(m), p.what), "true cases carry no names: write 某居民 or 一名住户"}
		}
	}
	return nil
}

// checkMongolian finds letters of another script: the line is set in columns from the top down.
func checkMongolian(s string) *finding {
	for _, r := range s {
		if unicode.IsLetter(r) && !unicode.Is(unicode.Mongolian, r) {
			return &finding{fmt.Sprintf("%q is not of the Mongolian script", r), "write traditional Mongolian (ᠮᠣᠩᠭᠣᠯ), not Cyrillic or Chinese"}
		}
	}
	return nil
}

// checkPayload: a code leads to a page that answers for itself, or it is not shown.
func checkPayload(s string) *finding {
	hint := "write https://host/path in plain ASCII"
	rest, ok := strings.CutPrefix(s, "https://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case !ok:
		return &finding{fmt.Sprintf("%q does not begin with https://", clip(s)), hint}
	case len(s) > maxPayload:
		return &finding{fmt.Sprintf("the code says %d bytes, at most %d", len(s), maxPayload), "longer codes can't be read from a distance"}
	case !hostName.MatchString(host):
		return &finding{fmt.Sprintf("%q is no host name", clip(host)), hint}
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return &finding{"the code says more than plain ASCII", hint}
	}
	return nil
}

// flatten is a text as it is searched: lower case, figures of all widths as 0–9, no spaces.
func flatten(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r >= '\uff01' && r <= '\uff5e': // full-width forms of ASCII
			r -= 0xfee0
		}
		return unicode.ToLower(r)
	}, s)
}

// takeoverWords are what takeovers say and education may not, flattened.
var takeoverWords = []string{ //nolint:gochecknoglobals // lookup table
	"报警核实中", "请立即疏散", "请按箭头方向撤离", "控制室已接警", "正在发生火灾", "beingverified", "leavenow", "evacuatenow",
}

// private is a pattern of what tells a person or a home.
type private struct {
	pattern *regexp.Regexp
	what    string
}

var hostName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)+(:[0-9]{1,5})?$`) //nolint:gochecknoglobals // a compiled constant

// everywhere is what no text may hold, a true case or not.
var everywhere = []private{ //nolint:gochecknoglobals // lookup table
	{regexp.MustCompile(`[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{3}[0-9x]`), "an identity number"},
	{regexp.MustCompile(`[0-9一二三四五六七八九十]+单元([0-9一二三四五六七八九十〇零]|东|西|中)`), "a door within a unit"},
	{regexp.MustCompile(`[0-9]{3,4}(室|房间)`), "a door"},
}

// inCases is what no true case may hold.
var inCases = []private{ //nolint:gochecknoglobals // lookup table
	{regexp.MustCompile(`1[3-9][0-9][^0-9a-z一-鿿]?[0-9]{4}[^0-9a-z一-鿿]?[0-9]{4}`), "a mobile telephone number"},
	{regexp.MustCompile(`0[0-9]{2,3}[^0-9a-z一-鿿]?[0-9]{7,8}`), "a telephone number"},
	{regexp.MustCompile(`[0-9]+(号楼|栋|幢|单元|室)`), "an address down to the house"},
	{regexp.MustCompile(`[a-z0-9._%+-]+@[a-z0-9-]+\.[a-z]{2,}`), "a mail address"},
	{regexp.MustCompile(`[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新][a-z][·.]?[a-z0-9]{5,6}`), "a number plate"},
	{regexp.MustCompile(`(姓名|户主|房主|店主|业主|死者|伤者|当事人|负责人)(为|是|叫|名叫)?[::]?["“'‘]?(` + surnames + `)[\x{4e00}-\x{67cf}\x{67d1}-\x{9fff}]`), "a name"},
	{regexp.MustCompile(`(` + surnames + `)(先生|女士|小姐|大爷|大妈|师傅|老板)`), "a name"},
}

// surnames are the most frequent of the country that are no common words as well: enough to
// catch an oversight, never enough to find every name.
const surnames = "王|李|张|刘|陈|杨|赵|吴|周|徐|孙|朱|胡|郭|罗|郑|谢|宋|唐|许|韩|冯|邓|曹|彭|曾|肖|董|袁|潘|蒋|蔡"
