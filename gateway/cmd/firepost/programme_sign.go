package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/screens"

	"github.com/google/renameio/v2"
)

// pemKey is the kind of PEM block that holds a private key (RFC 5958).
const pemKey = "PRIVATE KEY"

func programmeKey(args []string, std streams) error {
	fs := flags("programme key", std, programmeHelp)
	out := fs.String("out", "", "write the private key to this `file`; it must not exist")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *out == "" {
		return fmt.Errorf("%w: say where to with -out", errUsage)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	f, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the key: %w; a key that exists is never overwritten", err)
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: pemKey, Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	fmt.Fprintf(std.out, "%s: the private key of one person; keep it secret, and a copy of it safe\n", *out)
	fmt.Fprintf(std.out, "public half, for screens.programme.keys of every booth:\n  - {kid: NAME-1, issuer: NAME, public: %q, roles: [author]}   # or [approver]\n", base64.StdEncoding.EncodeToString(public))
	return nil
}

// privateKey reads a key as programmeKey, or openssl genpkey, writes it.
func privateKey(path string, std streams) (ed25519.PrivateKey, error) {
	data, err := readBounded(path, 64<<10)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		fmt.Fprintf(std.err, "warning: others on this machine can read %s: chmod 600 %s\n", path, path)
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemKey {
		return nil, fmt.Errorf("key %s: not a PEM file with a PRIVATE KEY (PKCS #8); firepost programme key makes one", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key %s: a %T, not an Ed25519 key; firepost programme key makes one", path, parsed)
	}
	return key, nil
}

// errSigned: one person signs once.
var errSigned = errors.New("has signed this already; the second signature is another person's")

func programmeSign(args []string, std streams) error {
	fs := flags("programme sign", std, programmeHelp)
	kid := fs.String("kid", "", "the key's `id` in the configuration of the booths, such as li-1")
	keyFile := fs.String("key", "", "the private key's `file`")
	to := fs.String("o", "", "write to this `file`; NAME.signed beside the manifest if missing")
	files, err := mixed(fs, args)
	if err != nil {
		return err
	}
	if *kid == "" || *keyFile == "" || len(files) != 1 {
		return fmt.Errorf("%w: sign takes -kid, -key and one file", errUsage)
	}
	data, err := readBounded(files[0], message.MaxDocument)
	if err != nil {
		return err
	}
	env := envelopeOf(data)
	m, p, err := manifestOf(env.Body)
	if err != nil {
		return fmt.Errorf("%s is not signed: %w", files[0], err)
	}
	if slices.ContainsFunc(env.Sigs, func(s message.Signature) bool { return s.KID == *kid }) {
		return fmt.Errorf("%s: %s %w", files[0], *kid, errSigned)
	}
	key, err := privateKey(*keyFile, std)
	if err != nil {
		return err
	}
	sealed, err := addSignature(env, message.Signer{KID: *kid, Key: key})
	if err != nil {
		return err
	}
	path := *to
	if path == "" {
		path = strings.TrimSuffix(files[0], filepath.Ext(files[0])) + ".signed"
	}
	if err := renameio.WriteFile(path, sealed, 0o644, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	fmt.Fprintf(std.out, "%s: %s (%s), %d media files, signed by %s", path, p.Name(), p.Title.ZH, len(m.Items), *kid)
	for _, s := range env.Sigs {
		fmt.Fprintf(std.out, " after %s", s.KID)
	}
	fmt.Fprintln(std.out)
	return nil
}

// envelopeOf is what was signed so far; a manifest by itself has no signature yet.
func envelopeOf(data []byte) message.Envelope {
	var env message.Envelope
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&env); err != nil || len(env.Body) == 0 {
		return message.Envelope{Body: bytes.TrimSpace(data)}
	}
	return env
}

// addSignature adds one signature to those that are there.
func addSignature(env message.Envelope, by message.Signer) ([]byte, error) {
	sealed, err := message.SealDocument(screens.DocumentKind, env.Body, by)
	if err != nil {
		return nil, err
	}
	var one message.Envelope
	if err := json.Unmarshal(sealed, &one); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	env.Sigs = append(env.Sigs, one.Sigs...)
	out, err := json.Marshal(env)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(out) > message.MaxDocument {
		return nil, fmt.Errorf("the signed document has %d bytes, at most %d: publish fewer items", len(out), message.MaxDocument)
	}
	return out, nil
}

func programmeVerify(args []string, std streams) error {
	fs := flags("programme verify", std, programmeHelp)
	path := fs.String("config", defaultConfig, "configuration `file` of the booth")
	lang := fs.String("lang", "en", "language: en or zh")
	files, err := mixed(fs, args)
	if err != nil {
		return err
	}
	if err := language(*lang); err != nil {
		return err
	}
	if len(files) != 1 {
		return fmt.Errorf("%w: name one signed file", errUsage)
	}
	cfg, err := screensOf(*path)
	if err != nil {
		return err
	}
	s, err := openSigned(cfg.Screens, files[0])
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, in(*lang, "%s：可信：%s（%s），%d 个媒体文件；作者 %s，审核 %s\n", "%s: to be believed: %s (%s), %d media files; author %s, approver %s\n"),
		files[0], s.programme.Name(), s.programme.Title.ZH, len(s.manifest.Items), s.by.Author, s.by.Approver)
	return nil
}
