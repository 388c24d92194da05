// Package weblogin is the accounts and sessions of Firepost's own web pages: the booth's local
// page and the district's. There is no default account: until one is made, nobody can log in.
package weblogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"firepost/firmware-contracts/durable"
)

// Account is one person who may log in.
type Account struct {
	Name string `json:"name"`
	// Role is what the person may do; the pages define the words.
	Role string `json:"role"`
	// Hash is the password's argon2id hash in PHC notation.
	Hash string `json:"hash"`
}

// The errors of accounts and sessions.
var (
	// ErrName is an account's name that can't be used.
	ErrName = errors.New("not a name for an account")
	// ErrPassword is a password that is too weak.
	ErrPassword = errors.New("not a good password")
	// ErrDenied is a wrong name or password; it never says which.
	ErrDenied = errors.New("name or password is wrong")
	// ErrWait is too many failures; the error text says how long to wait.
	ErrWait = errors.New("too many failed attempts")
	// ErrAccounts is a file of accounts that can't be read.
	ErrAccounts = errors.New("the file of accounts is damaged")
)

// The shortest password, in letters, and the longest, in bytes.
const (
	shortestPassword = 10
	longestPassword  = 256
	maxAccounts      = 500
)

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`) //nolint:gochecknoglobals // a compiled constant

// File is a file of accounts. It is read anew at every use, so that a change by the command
// line counts at once.
type File struct {
	// Path of the file; its folder must exist.
	Path string
	// Cost of hashing; zero means the default.
	Cost Cost
}

// List returns all accounts, by name. A file that does not exist has none.
func (f *File) List() ([]Account, error) {
	data, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	var list []Account
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%w: %s: %w; mend it or remove it and make the accounts again", ErrAccounts, f.Path, err)
	}
	for _, a := range list {
		if !accountName.MatchString(a.Name) || !wellFormed(a.Hash) {
			return nil, fmt.Errorf("%w: %s: account %q", ErrAccounts, f.Path, a.Name)
		}
	}
	return list, nil
}

// Set makes an account or changes its role and password.
func (f *File) Set(name, role, password string) error {
	if !accountName.MatchString(name) {
		return fmt.Errorf("%w: %q; lower-case letters, digits, dots and dashes, 2 to 32", ErrName, name)
	}
	if err := CheckPassword(name, password); err != nil {
		return err
	}
	list, err := f.List()
	if err != nil {
		return err
	}
	hash, err := hashPassword(password, f.Cost.orDefault())
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(a Account) bool { return a.Name == name })
	if len(list) >= maxAccounts {
		return fmt.Errorf("%w: there are %d accounts already; remove one", ErrName, len(list))
	}
	return f.save(append(list, Account{Name: name, Role: role, Hash: hash}))
}

// Remove ends an account. Its sessions end with it.
func (f *File) Remove(name string) error {
	list, err := f.List()
	if err != nil {
		return err
	}
	n := len(list)
	list = slices.DeleteFunc(list, func(a Account) bool { return a.Name == name })
	if len(list) == n {
		return fmt.Errorf("%w: there is no account %q", ErrName, name)
	}
	return f.save(list)
}

// save writes all accounts or, on any failure, leaves the file as it was.
func (f *File) save(list []Account) error {
	slices.SortFunc(list, func(a, b Account) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	if err := durable.WriteFile(f.Path, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	return nil
}

// CheckPassword refuses a password that is too easy to guess.
func CheckPassword(name, password string) error {
	low := strings.ToLower(password)
	switch {
	case utf8.RuneCountInString(password) < shortestPassword:
		return fmt.Errorf("%w: shorter than %d letters; take a sentence", ErrPassword, shortestPassword)
	case len(password) > longestPassword:
		return fmt.Errorf("%w: longer than %d bytes", ErrPassword, longestPassword)
	case strings.Contains(low, name) || strings.Contains(low, "firepost") || strings.Contains(low, "password"):
		return fmt.Errorf("%w: it holds the name, “firepost” or “password”", ErrPassword)
	case distinct(password) < 5:
		return fmt.Errorf("%w: fewer than five different letters", ErrPassword)
	}
	return nil
}

func distinct(s string) int {
	seen := make(map[rune]bool)
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
