package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// binarySize is the stripped binary for the boards.
func binarySize(ctx context.Context, s *settings) ([]row, error) {
	out := filepath.Join(s.dir, "firepost-arm64")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "nethttpomithttp2", "-ldflags", "-s -w", "-o", out, "firepost/gateway/cmd/firepost")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build for arm64: %w\n%s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil {
		return nil, err
	}
	return []row{newRow("stripped arm64 binary", "≤ 20 MB", "MB", 2, []float64{float64(info.Size()) / 1e6}, atMost(20))}, nil
}
