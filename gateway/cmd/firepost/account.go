package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"firepost/cloud-bridge/weblogin"

	"golang.org/x/sys/unix"
)

const accountHelp = `usage: firepost account add NAME [-role installer|viewer] [-dir DIR]
       firepost account remove NAME [-dir DIR]
       firepost account list [-dir DIR]

The people who may log in at the booth's local page. There is none until you add one, and no
default password. add asks for the password, or reads it from standard input; for a name that
exists it sets a new one. An installer may commission devices and run tests, a viewer looks.

examples:
  firepost account add wang -role installer
  firepost account list`

// accountsFile is where the accounts stand, beside the journal.
const accountsFile = "accounts.json"

func accountRoles() []string { return []string{"installer", "viewer"} }

func runAccount(_ context.Context, args []string, std streams) error {
	if len(args) == 0 || !slices.Contains([]string{"add", "remove", "list"}, args[0]) {
		fmt.Fprintln(std.err, accountHelp)
		return fmt.Errorf("%w: say account add, remove or list", errUsage)
	}
	verb, rest, name := args[0], args[1:], ""
	if verb != "list" {
		if len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
			return fmt.Errorf("%w: account %s needs a name", errUsage, verb)
		}
		name, rest = rest[0], rest[1:]
	}
	fs := flags("account "+verb, std, accountHelp)
	dir := fs.String("dir", stateDir(), "the journal's `folder` (journal.dir of the configuration)")
	role := fs.String("role", "installer", "what the person may do: "+strings.Join(accountRoles(), " or "))
	if err := parse(fs, rest); err != nil {
		return err
	}
	if !slices.Contains(accountRoles(), *role) {
		return fmt.Errorf("%w: role %q: %s", errUsage, *role, strings.Join(accountRoles(), " or "))
	}
	file := &weblogin.File{Path: filepath.Join(*dir, accountsFile)}
	switch verb {
	case "add":
		password, err := askPassword(std)
		if err != nil {
			return err
		}
		if err := file.Set(name, *role, password); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s may log in as %s\n", name, *role)
	case "remove":
		if err := file.Remove(name); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s may not log in any more\n", name)
	case "list":
		list, err := file.List()
		if err != nil {
			return err
		}
		for _, a := range list {
			fmt.Fprintf(std.out, "%-32s %s\n", a.Name, a.Role)
		}
		if len(list) == 0 {
			fmt.Fprintln(std.out, "nobody; firepost account add NAME makes the first account")
		}
	}
	return nil
}

// askPassword reads one line; a terminal does not show it.
func askPassword(std streams) (string, error) {
	if f, ok := std.in.(*os.File); ok {
		if t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err == nil {
			quiet := *t
			quiet.Lflag &^= unix.ECHO
			if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &quiet); err != nil {
				return "", fmt.Errorf("hide the password: %w", err)
			}
			defer func() { _ = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t) }()
			fmt.Fprint(std.err, "password (not shown): ")
			defer fmt.Fprintln(std.err)
		}
	}
	line, err := bufio.NewReader(io.LimitReader(std.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
