// Package archtest holds the house's import rules, as a test over the source itself.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "firepost/"

// pure packages take time and readings in and give events out: no clock, network, files,
// locks, goroutines or log.
var pure = []string{ //nolint:gochecknoglobals // the rule itself
	"gateway/internal/evaluate",
	"gateway/internal/alarm",
	"gateway/internal/annunciate",
	"gateway/internal/pressure",
	"gateway/internal/power",
	"gateway/internal/power/powertest",
	"gateway/internal/climate",
	"gateway/internal/drift",
	"gateway/internal/wires",
	"drivers/analog",
	"kiosk/programme",
	"kiosk/takeover",
	"kiosk/judge",
	"cloud-bridge/district/risk",
	"cloud-bridge/uplink/receiver",
}

// impure is what a pure package may not import.
var impure = []string{ //nolint:gochecknoglobals // the rule itself
	"os", "net", "net/http", "sync", "sync/atomic", "context", "log", "log/slog", "io/fs",
	"os/exec", "os/signal", "syscall", "golang.org/x/sys/unix", "math/rand", "math/rand/v2", "crypto/rand",
}

type file struct {
	path    string // slash-separated, relative to the module's root
	pkg     string // folder
	test    bool
	syntax  *ast.File
	imports []string
}

func load(t *testing.T) (*token.FileSet, []file) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []file
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") && path != root {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fset, filepath.ToSlash(rel), src, parser.ParseComments)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(rel), test: strings.HasSuffix(path, "_test.go"), syntax: syntax}
		f.pkg = filepath.ToSlash(filepath.Dir(rel))
		for _, spec := range syntax.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, p)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("found only %d Go files below %s", len(files), root)
	}
	return fset, files
}

// TestLayersMeetOnlyDownwards: contracts import nothing of ours; drivers only contracts and
// drivers; kiosk and cloud-bridge never the gateway.
func TestLayersMeetOnlyDownwards(t *testing.T) {
	allowed := map[string][]string{
		"firmware-contracts": {"firmware-contracts"},
		"drivers":            {"drivers", "firmware-contracts"},
		"kiosk":              {"kiosk", "firmware-contracts", "drivers"},
		"cloud-bridge":       {"cloud-bridge", "firmware-contracts"},
		"gateway":            {"gateway", "firmware-contracts", "drivers", "kiosk", "cloud-bridge"},
	}
	_, files := load(t)
	for _, f := range files {
		room, _, _ := strings.Cut(f.path, "/")
		rooms, known := allowed[room]
		if !known {
			t.Errorf("%s: Go code lives in %s, which is no room of this house", f.path, room)
			continue
		}
		for _, p := range f.imports {
			own, ok := strings.CutPrefix(p, module)
			if !ok {
				continue
			}
			target, _, _ := strings.Cut(own, "/")
			if !slices.Contains(rooms, target) {
				t.Errorf("%s imports %s: %s may import only %s", f.path, p, room, strings.Join(rooms, ", "))
			}
		}
	}
}

func TestPurePackagesStayPure(t *testing.T) {
	fset, files := load(t)
	for _, f := range files {
		if f.test || !slices.Contains(pure, f.pkg) {
			continue
		}
		for _, p := range f.imports {
			if slices.Contains(impure, p) {
				t.Errorf("%s imports %s: %s is pure", f.path, p, f.pkg)
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine in a pure package", fset.Position(x.Pos()))
			case *ast.SelectorExpr:
				if id, ok := x.X.(*ast.Ident); ok && id.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker", "AfterFunc", "Tick"}, x.Sel.Name) {
					t.Errorf("%s: time.%s in a pure package; the time comes in", fset.Position(x.Pos()), x.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestNoInitFunctions(t *testing.T) {
	fset, files := load(t)
	for _, f := range files {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init() hides what a program does; wire it in gateway/internal/app", fset.Position(fn.Pos()))
			}
		}
	}
}

// TestOnlyTheStoreOpensTheJournal: one package knows SQL.
func TestOnlyTheStoreOpensTheJournal(t *testing.T) {
	_, files := load(t)
	for _, f := range files {
		if f.test || f.pkg == "gateway/internal/store" || f.pkg == "cloud-bridge/district/store" {
			continue
		}
		for _, p := range f.imports {
			if p == "database/sql" || strings.HasPrefix(p, "modernc.org/sqlite") {
				t.Errorf("%s imports %s: only gateway/internal/store opens the journal", f.path, p)
			}
		}
	}
}

// TestOnlyTheAppWires: the packages of the gateway's core do not know each other's wiring.
func TestOnlyTheAppWires(t *testing.T) {
	_, files := load(t)
	for _, f := range files {
		if f.test {
			continue
		}
		for _, p := range f.imports {
			if p == module+"gateway/internal/app" && !strings.HasPrefix(f.pkg, "gateway/cmd/") && f.pkg != "gateway/internal/app" {
				t.Errorf("%s imports the app: only commands do", f.path)
			}
		}
	}
}

// TestFoldersNamePackages: a folder's name equals its package's name.
func TestFoldersNamePackages(t *testing.T) {
	_, files := load(t)
	for _, f := range files {
		name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
		if name == "main" || name == filepath.Base(f.pkg) {
			continue
		}
		t.Errorf("%s: package %s in folder %s", f.path, name, filepath.Base(f.pkg))
	}
}

// TestTheBoothCarriesNoBrokerAndNoValidator: what only tests and the demonstration use stays
// out of the binary that runs on the board, and so do templates: they call methods by name, and
// with them the linker has to keep every method of every type, a fifth of the binary.
func TestTheBoothCarriesNoBrokerAndNoValidator(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"gateway/cmd/firepost").Output()
	if err != nil {
		t.Fatal(err)
	}
	for p := range strings.FieldsSeq(string(out)) {
		for _, unwanted := range []string{"github.com/mochi-mqtt/", "github.com/santhosh-tekuri/", "pgregory.net/", "testing", "html/template", "text/template", "google.golang.org/protobuf/", "github.com/prometheus/client_golang/"} {
			if p == unwanted || strings.HasSuffix(unwanted, "/") && strings.HasPrefix(p, unwanted) {
				t.Errorf("firepost links %s", p)
			}
		}
	}
}
