// Package devices holds one contract per device model, each with its golden frames beside it
// (name@version.golden.yaml). Another folder of contracts can be added with contract.LoadFS.
package devices

import (
	"embed"
	"fmt"

	"firepost/firmware-contracts/contract"
)

// Golden frames (….golden.yaml) are for tests and stay out of the binary.
//
//go:embed *@?.yaml
var files embed.FS

// Contracts loads every contract of this folder, strictly. An error means a damaged build:
// the same files pass the tests.
func Contracts() (*contract.Set, error) {
	set, err := contract.LoadFS(files)
	if err != nil {
		return nil, fmt.Errorf("built-in contracts: %w", err)
	}
	return set, nil
}
