package premises_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	y "firepost/firmware-contracts/strictyaml"
	"firepost/gateway/internal/premises"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const good = "code,label_zh,label_en\nHS-2,张记面馆,Zhang's Noodles\n\nHS-1,\"锦绣花园,3 号楼\",\n"

func TestParse(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("场所编码;公开名称;备注\r\nHS-2;张记面馆;无\r\nHS-1;\"锦绣花园,3 号楼\";\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ text, encoding string }{
		"plain":       {good, "utf-8"},
		"byte order":  {"\ufeff" + good, "utf-8"},
		"windows":     {strings.ReplaceAll(good, "\n", "\r\n"), "utf-8"},
		"gb18030":     {gbk, "gb18030"},
		"tabs":        {"编号\t店名\n=\"HS-2\"\t 张记面馆 \nHS-1\t锦绣花园,3 号楼\n", "utf-8"},
		"other order": {"Label EN,名称,编码*\nx,张记面馆,HS-2\n,\"锦绣花园,3 号楼\",HS-1\n", "utf-8"},
	} {
		c, err := premises.Parse("p.csv", []byte(row.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.Encoding != row.encoding || strings.Join(c.Codes(), " ") != "HS-1 HS-2" {
			t.Errorf("%s: %s, %v", name, c.Encoding, c.Codes())
		}
		if e, ok := c.Get("HS-2"); !ok || e.LabelZH != "张记面馆" {
			t.Errorf("%s: HS-2 is %+v", name, e)
		}
		if e, ok := c.Get("HS-1"); !ok || e.LabelZH != "锦绣花园,3 号楼" {
			t.Errorf("%s: HS-1 is %+v", name, e)
		}
		if _, ok := c.Get("HS-3"); ok {
			t.Errorf("%s: HS-3 is there", name)
		}
	}
}

func TestFormatIsReadBack(t *testing.T) {
	c, err := premises.Parse("p.csv", []byte(good+"HS-4,\"他说\"\"好\"\"\",\"a;b\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := premises.Parse("p.csv", c.Format())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Entries {
		if got, _ := again.Get(e.Code); got.LabelZH != e.LabelZH || got.LabelEN != e.LabelEN {
			t.Errorf("%+v came back as %+v", e, got)
		}
	}
}

// TestMistakes: every bad row is named by its line, with the value and the way out.
func TestMistakes(t *testing.T) {
	const head = "code,label_zh\n"
	for _, row := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"nothing", "", 1, "empty"},
		{"heading only", head, 1, "no rows"},
		{"no heading", "HS-1,张记面馆\n", 1, "there is no column code"},
		{"people", "code,label_zh,联系人电话\nHS-1,张记,1\n", 1, "people's data"},
		{"owner", "code,label_zh,Owner Name\nHS-1,张记,1\n", 1, "people's data"},
		{"two labels", "code,label_zh,店名\nHS-1,张记,张\n", 1, "says the same as column 2"},
		{"no code", head + "HS-1,甲\n,乙\n", 3, "no code"},
		{"no label", head + "HS-1,\n", 2, `row of "HS-1" has no label`},
		{"short row", head + "HS-1\n", 2, "no label"},
		{"twice", head + "HS-1,甲\nHS-2,乙\nHS-1,甲\n", 4, "stands in line 2 already"},
		{"number", head + "1.23E+11,甲\n", 2, "turned into a number"},
		{"code with a space", head + "HS 1,甲\n", 2, "is not a code"},
		{"chinese code", head + "红山1,甲\n", 2, "is not a code"},
		{"long code", head + strings.Repeat("x", 65) + ",甲\n", 2, "longer than 64"},
		{"long label", head + "HS-1," + strings.Repeat("店", 121) + "\n", 2, "longer than 120"},
		{"two lines", head + "HS-1,\"甲\n乙\"\n", 2, "control character"},
		{"phone", head + "HS-1,张记 13812345678\n", 2, "telephone or identity"},
		{"identity", head + "HS-1,11010119900307001X\n", 2, "telephone or identity"},
		{"open quote", head + "HS-1,\"甲\nHS-2,乙\n", 2, "can't be read"},
		{"utf-16", "\xff\xfec\x00o\x00", 1, "UTF-16"},
		{"binary", "PK\x03\x04\x00\x00", 1, "no text"},
		{"no encoding", "code,label_zh\nHS-1,\xff\xff\n", 1, "neither UTF-8 nor GB 18030"},
	} {
		_, err := premises.Parse("p.csv", []byte(row.text))
		var ps y.Problems
		if !errors.As(err, &ps) {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if ps[0].Line != row.line || !strings.Contains(ps[0].Message+ps[0].Hint, row.want) || ps[0].File != "p.csv" {
			t.Errorf("%s: %v, want line %d and %q", row.name, ps[0], row.line, row.want)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := premises.Parse("p.csv", []byte("code,label_zh\n,甲\nHS-1,乙\nHS-2,\nHS-1,丙\n"))
	var ps y.Problems
	if !errors.As(err, &ps) || len(ps) != 3 || ps[0].Line != 2 || ps[1].Line != 4 || ps[2].Line != 5 {
		t.Errorf("%v", err)
	}
	_, err = premises.Parse("p.csv", []byte("code,label_zh\n"+strings.Repeat(",甲\n", 5000)))
	if !errors.As(err, &ps) || len(ps) != 201 || !strings.Contains(ps[200].Message, "more mistakes") {
		t.Errorf("%d problems", len(ps))
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := premises.Parse("p.csv", make([]byte, 4<<20+1)); err == nil {
		t.Error("a file of more than 4 MiB is read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("编号\t店名\n=\"HS-2\"\t张\n"))
	f.Add([]byte("code,label_zh\nHS-1,\"甲\n"))
	f.Add([]byte("\xb3\xa1\xcb\xf9\xb1\xe0\xc2\xeb;label\nA;\xd5\xc5\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := premises.Parse("p.csv", data)
		if err != nil {
			var ps y.Problems
			if !errors.As(err, &ps) || len(ps) == 0 {
				t.Fatalf("not a list of problems: %v", err)
			}
			return
		}
		again, err := premises.Parse("p.csv", c.Format())
		if err != nil {
			t.Fatalf("what was read can't be read back: %v\n%q", err, c.Format())
		}
		for i, e := range c.Entries {
			if a := again.Entries[i]; a.Code != e.Code || a.LabelZH != e.LabelZH || a.LabelEN != e.LabelEN || !utf8.ValidString(e.LabelZH) {
				t.Fatalf("%+v came back as %+v", e, a)
			}
		}
	})
}
