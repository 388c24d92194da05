package message

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// signer makes a key pair from one byte, the same in every run.
func signer(kid string, seed byte) Signer {
	return Signer{KID: kid, Key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

func (s Signer) public() ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }

func testCommand() Command {
	return Command{
		ID: "c-1", Station: "hs-03", Issuer: "desk", Role: "operator",
		Expires: Time{time.Date(2026, 1, 15, 15, 0, 0, 0, time.UTC)}, Counter: 7,
		Action: ActionReset, Device: "smoke-01", Point: "smoke", Event: "hs-03-2-17", Author: "王", Outcome: "false",
	}
}

func testRing() Keyring {
	return Keyring{
		"desk-1":   {Public: signer("", 1).public(), Issuer: "desk", Roles: []string{"operator"}},
		"desk-2":   {Public: signer("", 2).public(), Issuer: "desk", Roles: []string{"admin", "operator"}},
		"other-1":  {Public: signer("", 3).public(), Issuer: "other", Roles: []string{"operator"}},
		"viewer-1": {Public: signer("", 4).public(), Issuer: "desk", Roles: []string{"viewer"}},
		"broken":   {Public: []byte{1}, Issuer: "desk", Roles: []string{"operator"}},
	}
}

func seal(t *testing.T, cmd Command, signers ...Signer) []byte {
	t.Helper()
	env, err := Seal(cmd, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func TestOpenTakesWhatItShould(t *testing.T) {
	desk1, desk2, other, stranger := signer("desk-1", 1), signer("desk-2", 2), signer("other-1", 3), signer("nobody", 9)
	for name, c := range map[string]struct {
		signers []Signer
		rule    OpenRule
	}{
		"one good signature":            {signers: []Signer{desk1}},
		"two":                           {signers: []Signer{desk1, desk2}},
		"a good one after a stranger's": {signers: []Signer{stranger, desk2}},
		"a good one after another's":    {signers: []Signer{other, desk1}},
		"none, insecure":                {rule: OpenRule{Insecure: true}},
		"good, insecure":                {signers: []Signer{desk1}, rule: OpenRule{Insecure: true}},
	} {
		got, err := Open(seal(t, testCommand(), c.signers...), testRing(), c.rule)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got != testCommand() {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	forged := signer("desk-1", 9)
	for name, c := range map[string]struct {
		env  []byte
		rule OpenRule
		want error
	}{
		"unsigned":                     {env: seal(t, testCommand()), want: ErrUnsigned},
		"unknown key":                  {env: seal(t, testCommand(), signer("nobody", 9)), want: ErrUnknownKey},
		"unknown key, insecure":        {env: seal(t, testCommand(), signer("nobody", 9)), rule: OpenRule{Insecure: true}, want: ErrUnknownKey},
		"a key of the wrong length":    {env: seal(t, testCommand(), signer("broken", 1)), want: ErrUnknownKey},
		"another key's signature":      {env: seal(t, testCommand(), forged), want: ErrBadSignature},
		"wrong signature, insecure":    {env: seal(t, testCommand(), forged), rule: OpenRule{Insecure: true}, want: ErrBadSignature},
		"another issuer's key":         {env: seal(t, testCommand(), signer("other-1", 3)), want: ErrIssuer},
		"a role that the key lacks":    {env: seal(t, testCommand(), signer("viewer-1", 4)), want: ErrRole},
		"the closest reason is told":   {env: seal(t, testCommand(), signer("viewer-1", 4), forged), want: ErrRole},
		"signature over the bare body": {env: bare(t), want: ErrBadSignature},
	} {
		cmd, err := Open(c.env, testRing(), c.rule)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if cmd != (Command{}) {
			t.Errorf("%s: a refused command came out: %+v", name, cmd)
		}
	}
}

// bare signs without the domain before the body.
func bare(t *testing.T) []byte {
	t.Helper()
	body, err := json.Marshal(testCommand())
	if err != nil {
		t.Fatal(err)
	}
	return envelope(t, body, Signature{KID: "desk-1", Sig: ed25519.Sign(signer("", 1).Key, body)})
}

func envelope(t *testing.T, body []byte, sigs ...Signature) []byte {
	t.Helper()
	env, err := json.Marshal(Envelope{Body: body, Sigs: sigs})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// The signed bytes are a promise to other implementations. The signature below was made
// by another implementation (OpenSSL, through Python) with the key of 32 bytes 0x01.
func TestSignedBytes(t *testing.T) {
	body := []byte(`{"id":"c-1"}`)
	if got := string(signed(body)); got != "firepost-command-v1\n"+`{"id":"c-1"}` {
		t.Errorf("signed bytes are %q", got)
	}
	s := signer("desk-1", 1)
	want := "2803db11ffc75f5cdfb9d8e647ec4484951a86d309a63c5ee7920a6c327ba5cca1b2aa8a3af7eed88fef94dce1c31b3c1f481e468f91416e515531f4c2f4b900"
	if got := hex.EncodeToString(Sign(body, s.KID, s.Key).Sig); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// One bit of every byte, each time another one, is flipped.
func TestEveryFlippedBitIsSeen(t *testing.T) {
	s := signer("desk-1", 1)
	body, err := json.Marshal(testCommand())
	if err != nil {
		t.Fatal(err)
	}
	sig := Sign(body, s.KID, s.Key)
	for i := range body {
		changed := bytes.Clone(body)
		changed[i] ^= 1 << (i % 8)
		if _, err := Open(envelope(t, changed, sig), testRing(), OpenRule{}); err == nil {
			t.Fatalf("byte %d of the body changed and taken: %s", i, changed)
		}
	}
	for i := range sig.Sig {
		changed := Signature{KID: sig.KID, Sig: bytes.Clone(sig.Sig)}
		changed.Sig[i] ^= 1 << (i % 8)
		if _, err := Open(envelope(t, body, changed), testRing(), OpenRule{}); !errors.Is(err, ErrBadSignature) {
			t.Fatalf("byte %d of the signature changed: %v", i, err)
		}
	}
}

func TestOpenIsStrict(t *testing.T) {
	good, err := json.Marshal(testCommand())
	if err != nil {
		t.Fatal(err)
	}
	body := func(old, now string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%s holds no %s", good, old)
		}
		return bytes.Replace(good, []byte(old), []byte(now), 1)
	}
	for name, b := range map[string][]byte{
		"unknown key":         body(`"id":"c-1"`, `"id":"c-1","sudo":true`),
		"doubled key":         body(`"action":"reset"`, `"action":"reset","action":"disable"`),
		"key in capitals":     body(`"action":"reset"`, `"ACTION":"reset"`),
		"doubled by case":     body(`"action":"reset"`, `"action":"reset","Action":"disable"`),
		"look-alike key":      body(`"issuer"`, `"iſſuer"`),
		"trailing bytes":      append(bytes.Clone(good), "{}"...),
		"trailing garbage":    append(bytes.Clone(good), 'x'),
		"not an object":       []byte(`[]`),
		"a number":            []byte(`7`),
		"null":                []byte(`null`),
		"empty":               {},
		"half":                good[:len(good)/2],
		"bad UTF-8":           body(`"c-1"`, "\"c-\xff\""),
		"no id":               body(`"id":"c-1"`, `"id":""`),
		"no station":          body(`"station":"hs-03"`, `"station":""`),
		"long id":             body(`"id":"c-1"`, `"id":"`+strings.Repeat("x", 65)+`"`),
		"long note":           body(`"id":"c-1"`, `"id":"c-1","note":"`+strings.Repeat("x", 1025)+`"`),
		"unknown action":      body(`"action":"reset"`, `"action":"reboot"`),
		"unknown outcome":     body(`"outcome":"false"`, `"outcome":"fun"`),
		"no expiry":           body(`"expires":"2026-01-15T15:00:00.000Z",`, ``),
		"no counter":          body(`"counter":7`, `"counter":0`),
		"negative counter":    body(`"counter":7`, `"counter":-7`),
		"negative seconds":    body(`"id":"c-1"`, `"id":"c-1","seconds":-1`),
		"more than a year":    body(`"id":"c-1"`, `"id":"c-1","seconds":31622401`),
		"deeply nested":       body(`"id":"c-1"`, `"id":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)),
		"number for a string": body(`"id":"c-1"`, `"id":1`),
	} {
		env := envelope(t, b, Sign(b, "desk-1", signer("", 1).Key))
		if cmd, err := Open(env, testRing(), OpenRule{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v (%+v)", name, err, cmd)
		}
	}
}

func TestOpenIsStrictAboutEnvelopes(t *testing.T) {
	good := seal(t, testCommand(), signer("desk-1", 1))
	many := make([]Signer, MaxSignatures+1)
	for i := range many {
		many[i] = signer(fmt.Sprintf("k%d", i), 1)
	}
	for name, env := range map[string][]byte{
		"empty":         {},
		"half":          good[:len(good)-2],
		"unknown key":   bytes.Replace(good, []byte(`{"body"`), []byte(`{"x":1,"body"`), 1),
		"doubled body":  bytes.Replace(good, []byte(`{"body"`), []byte(`{"body":"e30=","body"`), 1),
		"doubled sigs":  bytes.Replace(good, []byte(`"sigs"`), []byte(`"sigs":[],"sigs"`), 1),
		"bad base64":    bytes.Replace(good, []byte(`{"body":"`), []byte(`{"body":"!`), 1),
		"too many":      seal(t, testCommand(), many...),
		"too large":     append(bytes.Clone(good), bytes.Repeat([]byte(" "), MaxEnvelope)...),
		"no body":       []byte(`{"sigs":[]}`),
		"body is null":  []byte(`{"body":null,"sigs":[]}`),
		"trailing text": append(bytes.Clone(good), "[]"...),
	} {
		if _, err := Open(env, testRing(), OpenRule{Insecure: true}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	if _, err := Seal(Command{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("an empty command: %v", err)
	}
	if _, err := Seal(testCommand(), Signer{KID: "short", Key: []byte{1}}); err == nil {
		t.Error("a short key seals")
	}
}

func TestKeyringCheck(t *testing.T) {
	if err := (Keyring{"desk-1": testRing()["desk-1"]}).Check(); err != nil {
		t.Error(err)
	}
	good := testRing()["desk-1"]
	bad := Keyring{
		"":  good,
		"a": {Public: []byte{1}, Issuer: "desk", Roles: []string{"operator"}},
		"b": {Public: good.Public, Roles: []string{"operator"}},
		"c": {Public: good.Public, Issuer: "desk"},
		"d": good,
	}
	want := `key "a": an Ed25519 public key has 32 bytes, not 1
key "b": name the issuer that it speaks for
key "c": list the roles that it may claim
key without an id: give it a kid`
	if err := bad.Check(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// FuzzOpen feeds arbitrary envelopes: none may panic, and what is taken must be signed and valid.
func FuzzOpen(f *testing.F) {
	body, err := json.Marshal(testCommand())
	if err != nil {
		f.Fatal(err)
	}
	env, err := Seal(testCommand(), signer("desk-1", 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(env)
	f.Add([]byte(`{"body":"e30=","sigs":[]}`))
	f.Add([]byte(`{"body":"` + base64.StdEncoding.EncodeToString(body) + `","sigs":[{"kid":"desk-1","sig":"AA=="}]}`))
	f.Add([]byte(`[[[[[[[[[[`))
	ring := testRing()
	f.Fuzz(func(t *testing.T, env []byte) {
		if cmd, err := Open(env, ring, OpenRule{}); err == nil && cmd != testCommand() {
			t.Fatalf("a forged command is taken: %+v", cmd)
		}
		cmd, err := Open(env, ring, OpenRule{Insecure: true})
		if err != nil {
			return
		}
		if err := cmd.Validate(); err != nil {
			t.Fatalf("an invalid command is taken: %v", err)
		}
		if _, err := Seal(cmd); err != nil {
			t.Fatalf("what was opened can't be sealed: %v", err)
		}
	})
}
