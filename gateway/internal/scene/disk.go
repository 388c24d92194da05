package scene

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"firepost/firmware-contracts/durable"
)

// disk is every write of this package. Each is durable when it returns.
type disk struct {
	// fault is asked before each step and may fail it; tests only.
	fault func(step, path string) error
}

func (d disk) ask(step, path string) error {
	if d.fault == nil {
		return nil
	}
	if err := d.fault(step, path); err != nil {
		return fmt.Errorf("%s %s: %w", step, filepath.Base(path), err)
	}
	return nil
}

// write replaces a file atomically.
func (d disk) write(path string, data []byte) error {
	if err := d.ask("write", path); err != nil {
		return err
	}
	if err := d.ask("sync", filepath.Dir(path)); err != nil {
		return err
	}
	return durable.WriteFile(path, data, 0o600)
}

// remove takes a file away; one that is gone already is fine. The folder is synced by the caller.
func (d disk) remove(path string) error {
	if err := d.ask("remove", path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", filepath.Base(path), err)
	}
	return nil
}

func (d disk) rename(from, to string) error {
	if err := d.ask("rename", from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rename %s: %w", filepath.Base(from), err)
	}
	return nil
}

// grow adds data at the end of a file.
func (d disk) grow(path string, data []byte) error {
	if err := d.ask("append", path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("append to %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("append to %s: %w", filepath.Base(path), err)
	}
	return nil
}

// sync makes a rename or removal within dir durable.
func (d disk) sync(dir string) error {
	if err := d.ask("sync", dir); err != nil {
		return err
	}
	return durable.SyncFolder(dir)
}
