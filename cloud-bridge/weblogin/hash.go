package weblogin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is what one try of a password costs.
type Cost struct {
	// MemoryKiB and Passes are argon2id's m and t; p is 1.
	MemoryKiB, Passes uint32
}

// DefaultCost is the OWASP recommendation that fits a small board (Password Storage Cheat
// Sheet: m = 12 MiB, t = 3, p = 1).
const (
	defaultMemoryKiB = 12 << 10
	defaultPasses    = 3
	hashLen          = 32
	saltLen          = 16
)

func (c Cost) orDefault() Cost {
	if c.MemoryKiB == 0 || c.Passes == 0 {
		return Cost{MemoryKiB: defaultMemoryKiB, Passes: defaultPasses}
	}
	return c
}

// hashPassword is the PHC notation of the password's hash with a fresh salt.
func hashPassword(password string, c Cost) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	sum := argon2.IDKey([]byte(password), salt, c.Passes, c.MemoryKiB, 1, hashLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.MemoryKiB, c.Passes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

type parsedHash struct {
	cost      Cost
	salt, sum []byte
}

// The most that a file of accounts may make a log-in cost.
const (
	maxMemoryKiB = 256 << 10
	maxPasses    = 20
)

func parseHash(s string) (parsedHash, bool) {
	var p parsedHash
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &p.cost.MemoryKiB, &p.cost.Passes); n != 2 || err != nil {
		return p, false
	}
	if p.cost.MemoryKiB < 8 || p.cost.MemoryKiB > maxMemoryKiB || p.cost.Passes < 1 || p.cost.Passes > maxPasses {
		return p, false
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return p, false
	}
	if p.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.sum) != hashLen {
		return p, false
	}
	return p, true
}

func wellFormed(s string) bool {
	_, ok := parseHash(s)
	return ok
}

// matches takes as long for a wrong password as for the right one.
func matches(hash, password string) bool {
	p, ok := parseHash(hash)
	if !ok {
		return false
	}
	sum := argon2.IDKey([]byte(password), p.salt, p.cost.Passes, p.cost.MemoryKiB, 1, hashLen)
	return subtle.ConstantTimeCompare(sum, p.sum) == 1
}
