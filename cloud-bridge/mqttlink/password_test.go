package mqttlink_test

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
)

// passwordLine is one line of a Mosquitto password file.
func passwordLine(user, password string) string {
	salt := []byte("0123456789ab")
	hash, err := pbkdf2.Key(sha512.New, password, salt, 101, 64)
	if err != nil {
		panic(err) // only for impossible lengths
	}
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s:$7$101$%s$%s", user, b64(salt), b64(hash))
}
