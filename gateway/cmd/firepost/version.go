package main

import (
	"context"
	"fmt"
	"runtime"

	"firepost/gateway/internal/app"
)

func runVersion(_ context.Context, _ []string, std streams) error {
	fmt.Fprintf(std.out, "firepost %s (%s %s/%s)\n", app.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
