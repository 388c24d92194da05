// Package durable writes small files that outlive a power cut: the whole new content or the whole
// old one, and the name too. The journal has its own ways; everything else goes through here.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// WriteFile replaces a file, or makes it. When it returns nil the new content is on the disk
// under its name; on any error the old content is there, or the new one without that promise.
// The temporary file stands in the same folder: a rename only replaces within one file system.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	dir := filepath.Dir(path)
	if err := renameio.WriteFile(path, data, perm, renameio.WithTempDir(dir)); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return SyncFolder(dir)
}

// SyncFolder makes a rename or removal within a folder durable.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", dir, err)
	}
	return nil
}
