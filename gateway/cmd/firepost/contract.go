package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"firepost/firmware-contracts/cheader"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/regmap"

	"github.com/google/renameio/v2"
)

const contractHelp = `usage: firepost contract check FILE…|DIR… [-against OLD.yaml|REF]
       firepost contract list
       firepost contract header REF|FILE [-o FILE|DIR]
       firepost contract doc REF|FILE [-o FILE|DIR]
       firepost contract test REF|FILE -port DEV [flags]
       firepost contract sim REF|FILE [flags]

A contract describes one device model: its registers, bits and units, and what they mean.
REF is a built-in contract, name@version; list shows them. FILE is name@version.yaml.

  check   read strictly: every mistake with line, column and a way out
  list    the built-in contracts
  header  a C header for the device's firmware
  doc     the register map as a page of Markdown
  test    test a real device against its contract, on a serial port
  sim     a simulated device on a pseudo-terminal, with faults on command

examples:
  firepost contract check my-smoke@1.yaml
  firepost contract check my-smoke@1.yaml -against published/my-smoke@1.yaml
  firepost contract header firepost-smoke@1 -o include/
  firepost contract test smoke-generic@1 -port /dev/ttyUSB0
  firepost contract sim firepost-smoke@1 -link /tmp/detector

firepost contract test -h and firepost contract sim -h show their flags.`

func runContract(ctx context.Context, args []string, std streams) error {
	if len(args) > 0 {
		switch args[0] {
		case "check":
			return contractCheck(args[1:], std)
		case "list":
			return contractList(args[1:], std)
		case "header":
			return contractWrite("header", args[1:], std, cheader.Generate, cheader.FileName)
		case "doc":
			return contractWrite("doc", args[1:], std,
				func(c *contract.Contract) ([]byte, error) { return regmap.Markdown(c), nil },
				func(c *contract.Contract) string { return c.Ref() + ".md" })
		case "test":
			return contractTest(ctx, args[1:], std)
		case "sim":
			return contractSim(ctx, args[1:], std)
		case "-h", "-help", "--help", "help":
			fmt.Fprintln(std.out, contractHelp)
			return nil
		}
	}
	fmt.Fprintln(std.err, contractHelp)
	return fmt.Errorf("%w: say contract check, list, header, doc, test or sim", errUsage)
}

// mixed reads flags that stand before, between or behind other words, and returns the words.
func mixed(fs *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if fs.NArg() == 0 {
			return words, nil
		}
		words = append(words, fs.Arg(0))
		args = fs.Args()[1:]
	}
}

// oneContract reads flags and the one contract that they go with.
func oneContract(fs *flag.FlagSet, args []string, std streams) (*contract.Contract, error) {
	words, err := mixed(fs, args)
	if err != nil {
		return nil, err
	}
	if len(words) != 1 {
		return nil, fmt.Errorf("%w: name one contract, by REF or FILE, not %d", errUsage, len(words))
	}
	c, err := findContract(words[0])
	if err != nil {
		return nil, err
	}
	if len(c.Warnings) > 0 {
		fmt.Fprintln(std.err, c.Warnings.Error())
	}
	return c, nil
}

// findContract is the contract of a file, or the built-in one of a reference.
func findContract(arg string) (*contract.Contract, error) {
	if strings.HasSuffix(arg, ".yaml") || strings.ContainsRune(arg, filepath.Separator) {
		return contractFile(arg)
	}
	set, err := devices.Contracts()
	if err != nil {
		return nil, err
	}
	if c, ok := set.Get(arg); ok {
		return c, nil
	}
	if _, err := os.Stat(arg); err == nil {
		return contractFile(arg)
	}
	hint := "firepost contract list shows the built-in ones; a file is called name@version.yaml"
	if near := set.Nearest(arg); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return nil, fmt.Errorf("there is no contract %q (%s)", arg, hint)
}

func contractFile(path string) (*contract.Contract, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	return contract.Load(path, data)
}

func contractList(args []string, std streams) error {
	fs := flags("contract list", std, contractHelp)
	lang := fs.String("lang", "en", "language of the titles: en or zh")
	if err := parse(fs, args); err != nil {
		return err
	}
	if err := language(*lang); err != nil {
		return err
	}
	set, err := devices.Contracts()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REF\tCLASS\tTRANSPORT\tON HARDWARE\tMODEL")
	for _, c := range set.All() {
		hardware, title := "not yet", c.Title.EN
		if c.Hardware {
			hardware = "yes"
		}
		if *lang == "zh" {
			title = c.Title.ZH
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Ref(), c.Class, c.Transport, hardware, title)
	}
	return w.Flush()
}

func language(lang string) error {
	if lang != "en" && lang != "zh" {
		return fmt.Errorf("%w: -lang %q: en or zh", errUsage, lang)
	}
	return nil
}

// contractWrite writes what is made of a contract, to a file, into a folder, or as output.
func contractWrite(name string, args []string, std streams, make func(*contract.Contract) ([]byte, error), fileName func(*contract.Contract) string) error {
	fs := flags("contract "+name, std, contractHelp)
	to := fs.String("o", "", "write to this `file`, or into this folder under its usual name")
	c, err := oneContract(fs, args, std)
	if err != nil {
		return err
	}
	text, err := make(c)
	if err != nil {
		return fmt.Errorf("contract %s: %w", c.Ref(), err)
	}
	if *to == "" {
		_, err := std.out.Write(text)
		return err
	}
	path := *to
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, fileName(c))
	}
	if err := renameio.WriteFile(path, text, 0o644, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	fmt.Fprintf(std.out, "%s: written\n", path)
	return nil
}
