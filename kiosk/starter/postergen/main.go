// Postergen draws the posters in kiosk/starter/posters: texts from the table here, drawings
// from the folder art, both made for this project. Run from the module's root:
//
//	go run ./kiosk/starter/postergen kiosk/starter/posters
//
// Each poster is one SVG that fits both ways a screen can hang: it holds two layouts and shows
// the one that suits its frame.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: postergen FOLDER")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "postergen:", err)
		os.Exit(1)
	}
}

func generate(dir string) error {
	for _, p := range posters() {
		svg, err := p.draw()
		if err != nil {
			return err
		}
		path := filepath.Join(dir, p.name+".svg")
		if err := os.WriteFile(path, svg, 0o644); err != nil {
			return fmt.Errorf("write poster: %w", err)
		}
	}
	return nil
}
