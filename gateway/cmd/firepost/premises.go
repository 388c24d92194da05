package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"firepost/gateway/internal/premises"

	"github.com/google/renameio/v2"
)

const premisesHelp = `usage: firepost premises check FILE.csv
       firepost premises convert FILE.csv OUT.csv

Reads a spreadsheet's CSV export (UTF-8 or GB 18030; comma, semicolon or tab) with the codes
and public labels of the shops and homes that the booth watches, and names every bad row.
convert writes it as UTF-8, for the key premises: of the configuration. People's data stay in
the district: a file that brings them is refused.

columns: code,label_zh,label_en  or  场所编码,公开名称,英文名

examples:
  firepost premises check street.csv
  firepost premises convert street.csv /etc/firepost/premises.csv`

func runPremises(_ context.Context, args []string, std streams) error {
	want := map[string]int{"check": 2, "convert": 3}
	if len(args) == 0 || want[args[0]] == 0 {
		fmt.Fprintln(std.err, premisesHelp)
		return fmt.Errorf("%w: say premises check or premises convert", errUsage)
	}
	if len(args) != want[args[0]] {
		fmt.Fprintln(std.err, premisesHelp)
		return fmt.Errorf("%w: premises %s takes %d files, not %d", errUsage, args[0], want[args[0]]-1, len(args)-1)
	}
	data, err := os.ReadFile(args[1])
	if err != nil {
		return fmt.Errorf("read premises: %w", err)
	}
	cat, err := premises.Parse(args[1], data)
	if err != nil {
		return err
	}
	if args[0] == "convert" {
		if err := renameio.WriteFile(args[2], cat.Format(), 0o644, renameio.WithTempDir(filepath.Dir(args[2]))); err != nil {
			return fmt.Errorf("write %s: %w", args[2], err)
		}
	}
	fmt.Fprintf(std.out, "%s: fine: %d premises, read as %s\n", args[1], len(cat.Entries), cat.Encoding)
	return nil
}
