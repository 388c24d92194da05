// Package deps keeps dependencies in go.mod until the packages that use them are there.
package deps

import (
	// Each line goes when its package is used.
	_ "github.com/bluenviron/gortsplib/v5"
	_ "github.com/prometheus/procfs"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/text/encoding/simplifiedchinese"
	_ "periph.io/x/conn/v3/gpio"
	_ "periph.io/x/devices/v3/ads1x15"
	_ "periph.io/x/devices/v3/apa102"
	_ "periph.io/x/devices/v3/bmxx80"
	_ "periph.io/x/devices/v3/ina219"
	_ "periph.io/x/devices/v3/nrzled"
	_ "periph.io/x/devices/v3/ssd1306"
	_ "periph.io/x/host/v3"
)
