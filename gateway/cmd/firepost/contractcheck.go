package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"firepost/firmware-contracts/compat"
	"firepost/firmware-contracts/contract"
)

const contractCheckHelp = `usage: firepost contract check FILE…|DIR… [-against OLD.yaml|REF]

Reads contracts strictly, and reports every mistake at once with line, column and a way out.
Of a folder every name@version.yaml is read. -against compares one contract with what it was,
or with the built-in one of that reference, and refuses what would make an installed booth
misread a device that was sold.

examples:
  firepost contract check my-smoke@1.yaml
  firepost contract check contracts/
  firepost contract check my-smoke@1.yaml -against published/my-smoke@1.yaml`

// errBadContract is wrapped when a contract was refused; the reasons have been printed.
var errBadContract = errors.New("refused")

func contractCheck(args []string, std streams) error {
	fs := flags("contract check", std, contractCheckHelp)
	against := fs.String("against", "", "what the contract was: a `file`, or the reference of a built-in contract")
	words, err := mixed(fs, args)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return fmt.Errorf("%w: name the files or folders to check", errUsage)
	}
	files, err := contractFiles(words)
	if err != nil {
		return err
	}
	if *against != "" && len(files) != 1 {
		return fmt.Errorf("%w: -against goes with one contract, not %d", errUsage, len(files))
	}
	var old *contract.Contract
	if *against != "" {
		if old, err = findContract(*against); err != nil {
			return fmt.Errorf("what to compare with: %w", err)
		}
	}
	bad, seen := 0, map[string]string{}
	for _, path := range files {
		c, err := contractFile(path)
		if err != nil {
			fmt.Fprintln(std.err, err)
			bad++
			continue
		}
		if first, twice := seen[c.Ref()]; twice {
			fmt.Fprintf(std.err, "%s: %s stands in %s too: give one of them another name or version\n", path, c.Ref(), first)
			bad++
			continue
		}
		seen[c.Ref()] = path
		if !contractFine(path, c, old, std) {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d contracts: %w", bad, len(files), errBadContract)
	}
	return nil
}

// contractFine prints what there is to say about a contract that could be read.
func contractFine(path string, c, old *contract.Contract, std streams) bool {
	if len(c.Warnings) > 0 {
		fmt.Fprintln(std.out, c.Warnings.Error())
	}
	if old == nil {
		fmt.Fprintf(std.out, "%s: fine: %s, %d points, %d outputs\n", path, c.Ref(), len(c.Points), len(c.Outputs))
		return true
	}
	breaking := compat.Check(old, c)
	for _, b := range breaking {
		fmt.Fprintf(std.err, "%s: breaking: %s\n", path, b)
	}
	if len(breaking) > 0 {
		return false
	}
	fmt.Fprintf(std.out, "%s: fine: %s, %d points, %d outputs; nothing breaks what %s promised\n", path, c.Ref(), len(c.Points), len(c.Outputs), old.Ref())
	return true
}

// contractFiles are the files, and the contracts in the folders.
func contractFiles(words []string) ([]string, error) {
	var files []string
	for _, w := range words {
		info, err := os.Stat(w)
		if err != nil {
			return nil, fmt.Errorf("check contracts: %w", err)
		}
		if !info.IsDir() {
			files = append(files, w)
			continue
		}
		entries, err := os.ReadDir(w)
		if err != nil {
			return nil, fmt.Errorf("check contracts: %w", err)
		}
		before := len(files)
		for _, e := range entries {
			if name := e.Name(); !e.IsDir() && strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".golden.yaml") {
				files = append(files, filepath.Join(w, name))
			}
		}
		if len(files) == before {
			return nil, fmt.Errorf("check contracts: %s holds no name@version.yaml", w)
		}
	}
	return files, nil
}
