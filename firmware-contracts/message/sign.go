package message

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Why a command is refused before anybody looks at what it asks for.
var (
	// ErrMalformed: not one JSON object of exactly the known keys, too large, or a field out of bounds.
	ErrMalformed = errors.New("malformed command")
	// ErrUnsigned: the envelope carries no signature and unsigned commands are not accepted.
	ErrUnsigned = errors.New("command is not signed")
	// ErrUnknownKey: no signature names a key of the keyring.
	ErrUnknownKey = errors.New("command is signed by an unknown key")
	// ErrBadSignature: a known key is named, but the signature does not fit the body.
	ErrBadSignature = errors.New("command signature is wrong")
	// ErrIssuer: the signature is good, but its key belongs to somebody else than the body's issuer.
	ErrIssuer = errors.New("command is signed by another issuer's key")
	// ErrRole: the issuer's key may not act in the role that the body claims.
	ErrRole = errors.New("key may not act in this role")
	// ErrSecondPerson: free words for the public, and nobody else than their author signed
	// them: one more good signature is needed, by a key of another issuer with the role
	// RoleApprover.
	ErrSecondPerson = errors.New("free text needs a second person's signature")
)

const (
	// MaxEnvelope is the largest envelope, in bytes, that Open looks at.
	MaxEnvelope = 64 << 10
	// MaxSignatures is how many signatures one envelope may carry.
	MaxSignatures = 8
	// signatureDomain stands before the body in the signed bytes, so that a signature made
	// for anything else (an update, a config) can never pass for a command.
	signatureDomain = "firepost-command-v1\n"
)

// Key is a public key that may sign commands.
type Key struct {
	Public ed25519.PublicKey
	// Issuer is the one issuer that this key speaks for.
	Issuer string
	// Roles are the roles that its commands may claim; a key without roles can't command.
	Roles []string
}

// Keyring holds the keys that a booth trusts, by key id.
type Keyring map[string]Key

// Check reports every key that could never verify anything: of a wrong length, or without
// issuer or roles. Config loading calls it.
func (r Keyring) Check() error {
	var errs []error
	for kid, k := range r {
		switch {
		case kid == "":
			errs = append(errs, errors.New("key without an id: give it a kid"))
		case len(k.Public) != ed25519.PublicKeySize:
			errs = append(errs, fmt.Errorf("key %q: an Ed25519 public key has %d bytes, not %d", kid, ed25519.PublicKeySize, len(k.Public)))
		case k.Issuer == "":
			errs = append(errs, fmt.Errorf("key %q: name the issuer that it speaks for", kid))
		case len(k.Roles) == 0:
			errs = append(errs, fmt.Errorf("key %q: list the roles that it may claim", kid))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// Signer is a private key with the id under which booths know its public half.
type Signer struct {
	KID string
	Key ed25519.PrivateKey
}

// Sign signs a command's body, the exact bytes that the envelope carries. What is signed is
// the text "firepost-command-v1" and a line feed, then the body. Like ed25519.Sign it panics
// when the key is not ed25519.PrivateKeySize long.
func Sign(body []byte, kid string, key ed25519.PrivateKey) Signature {
	return Signature{KID: kid, Sig: ed25519.Sign(key, signed(body))}
}

// signed is what a signature covers.
func signed(body []byte) []byte {
	return append([]byte(signatureDomain), body...)
}

// Seal makes the envelope of a command, signed by every signer; without signers it is an
// unsigned one, for stations with `insecure: true` only. The error wraps ErrMalformed when
// the command is not one that Open would take.
func Seal(cmd Command, signers ...Signer) ([]byte, error) {
	if err := cmd.Validate(); err != nil {
		return nil, fmt.Errorf("seal command: %w", err)
	}
	body, err := json.Marshal(cmd)
	if err != nil {
		return nil, fmt.Errorf("seal command %s: %w", cmd.ID, err)
	}
	env := Envelope{Body: body, Sigs: make([]Signature, 0, len(signers))}
	for _, s := range signers {
		if len(s.Key) != ed25519.PrivateKeySize {
			return nil, fmt.Errorf("seal command %s: private key %q has %d bytes, not %d", cmd.ID, s.KID, len(s.Key), ed25519.PrivateKeySize)
		}
		env.Sigs = append(env.Sigs, Sign(body, s.KID, s.Key))
	}
	out, err := json.Marshal(env)
	if err != nil {
		return nil, fmt.Errorf("seal command %s: %w", cmd.ID, err)
	}
	return out, nil
}

// OpenRule says what Open lets pass.
type OpenRule struct {
	// Insecure accepts an envelope without any signature: `insecure: true`, as in the demo.
	// A signature that is there must be good all the same.
	Insecure bool
}

// Open reads a command out of its envelope. At least one signature must be good and made by
// a key of the ring whose issuer and roles cover the body's. Open is strict: an unknown, a
// doubled or a differently spelled key, bytes after the end, text that is not UTF-8 or more
// than MaxEnvelope bytes are ErrMalformed. Whether the command is new, in time and for this
// station is Guard's to say.
func Open(env []byte, ring Keyring, rule OpenRule) (Command, error) {
	if len(env) > MaxEnvelope {
		return Command{}, fmt.Errorf("open command: %w: %d bytes, at most %d", ErrMalformed, len(env), MaxEnvelope)
	}
	var e Envelope
	if err := strictJSON(env, &e); err != nil {
		return Command{}, fmt.Errorf("open command: envelope: %w", err)
	}
	if len(e.Sigs) > MaxSignatures {
		return Command{}, fmt.Errorf("open command: %w: %d signatures, at most %d", ErrMalformed, len(e.Sigs), MaxSignatures)
	}
	var cmd Command
	if err := strictJSON(e.Body, &cmd); err != nil {
		return Command{}, fmt.Errorf("open command: body: %w", err)
	}
	if err := cmd.Validate(); err != nil {
		return Command{}, fmt.Errorf("open command: %w", err)
	}
	if err := verify(&e, &cmd, ring, rule); err != nil {
		return Command{}, fmt.Errorf("open command %s of %s: %w", cmd.ID, cmd.Issuer, err)
	}
	return cmd, nil
}

// verify looks for one good signature. When there is none it returns the reason of the one
// that came closest: later sentinels here are closer.
func verify(e *Envelope, cmd *Command, ring Keyring, rule OpenRule) error {
	if len(e.Sigs) == 0 {
		if rule.Insecure {
			return nil
		}
		return ErrUnsigned
	}
	msg := signed(e.Body)
	best, why := 0, ErrUnknownKey
	closer := func(rank int, err error) {
		if rank > best {
			best, why = rank, err
		}
	}
	for _, s := range e.Sigs {
		key, ok := ring[s.KID]
		if !ok || len(key.Public) != ed25519.PublicKeySize {
			continue
		}
		switch {
		case !ed25519.Verify(key.Public, msg, s.Sig):
			closer(1, fmt.Errorf("key %q: %w", s.KID, ErrBadSignature))
		case key.Issuer != cmd.Issuer:
			closer(2, fmt.Errorf("key %q speaks for %q: %w", s.KID, key.Issuer, ErrIssuer))
		case !slices.Contains(key.Roles, cmd.Role):
			closer(3, fmt.Errorf("key %q, role %q: %w", s.KID, cmd.Role, ErrRole))
		default:
			return secondPerson(e, cmd, ring, msg)
		}
	}
	return why
}

// secondPerson refuses free words for the public that one person alone has signed.
func secondPerson(e *Envelope, cmd *Command, ring Keyring, msg []byte) error {
	if cmd.Notice == nil || !cmd.Notice.Free() {
		return nil
	}
	for _, s := range e.Sigs {
		key, ok := ring[s.KID]
		if ok && key.Issuer != cmd.Issuer && slices.Contains(key.Roles, RoleApprover) &&
			len(key.Public) == ed25519.PublicKeySize && ed25519.Verify(key.Public, msg, s.Sig) {
			return nil
		}
	}
	return ErrSecondPerson
}

// Limits on a command's texts, in bytes, and on how long a disablement or test may last.
const (
	maxWord    = 64
	maxText    = 1024
	maxSeconds = 366 * 24 * 3600
	// maxPublic bounds one text for the public, maxPlaces how many places a takeover names.
	maxPublic = 600
	maxPlaces = 8
)

// Validate reports whether the command's own fields are in bounds and its action is one that
// booths know, whoever sent it and whatever the state of its point. The error wraps ErrMalformed.
func (c *Command) Validate() error {
	for _, f := range [...]struct {
		name, value string
		max         int
		required    bool
	}{
		{"id", c.ID, maxWord, true},
		{"station", c.Station, maxWord, true},
		{"issuer", c.Issuer, maxWord, true},
		{"role", c.Role, maxWord, true},
		{"nonce", c.Nonce, maxWord, false},
		{"device", c.Device, maxWord, false},
		{"point", c.Point, maxWord, false},
		{"event", c.Event, 2 * maxWord, false},
		{"author", c.Author, 2 * maxWord, false},
		{"note", c.Note, maxText, false},
	} {
		switch {
		case f.required && f.value == "":
			return fmt.Errorf("%w: %s is missing", ErrMalformed, f.name)
		case len(f.value) > f.max:
			return fmt.Errorf("%w: %s has %d bytes, at most %d", ErrMalformed, f.name, len(f.value), f.max)
		case !utf8.ValidString(f.value):
			return fmt.Errorf("%w: %s is not UTF-8", ErrMalformed, f.name)
		}
	}
	switch {
	case !slices.Contains(actions[:], c.Action):
		return fmt.Errorf("%w: action %q is not one of %q", ErrMalformed, c.Action, actions)
	case c.Outcome != "" && !slices.Contains(outcomes[:], c.Outcome):
		return fmt.Errorf("%w: outcome %q is not one of %q", ErrMalformed, c.Outcome, outcomes)
	case c.Expires.IsZero():
		return fmt.Errorf("%w: expires is missing", ErrMalformed)
	case c.Counter == 0:
		return fmt.Errorf("%w: counter is missing; it begins at 1", ErrMalformed)
	case c.Seconds < 0 || c.Seconds > maxSeconds:
		return fmt.Errorf("%w: seconds %d is not within 0–%d", ErrMalformed, c.Seconds, maxSeconds)
	}
	return c.validateScreens()
}

// validateScreens checks what belongs to the screens' commands alone.
func (c *Command) validateScreens() error {
	wantsTakeover := c.Action == ActionTakeover || c.Action == ActionTakeoverEnd
	switch {
	case wantsTakeover != (c.Takeover != nil):
		return fmt.Errorf("%w: takeover belongs to the actions %s and %s, and to them alone", ErrMalformed, ActionTakeover, ActionTakeoverEnd)
	case (c.Action == ActionNotice) != (c.Notice != nil):
		return fmt.Errorf("%w: notice belongs to the action %s, and to it alone", ErrMalformed, ActionNotice)
	case c.Notice != nil && c.Notice.Template != "" && c.Notice.Free():
		return fmt.Errorf("%w: a notice is a template or free words, not both", ErrMalformed)
	}
	texts := map[string]string{}
	if n := c.Notice; n != nil {
		texts["notice.template"], texts["notice.zh"], texts["notice.mn"], texts["notice.en"] = n.Template, n.ZH, n.MN, n.EN
	}
	if t := c.Takeover; t != nil {
		texts["takeover.id"], texts["takeover.kind"], texts["takeover.stage"] = t.ID, t.Kind, t.Stage
		if len(t.Places) > maxPlaces {
			return fmt.Errorf("%w: %d places, at most %d", ErrMalformed, len(t.Places), maxPlaces)
		}
		for i, p := range t.Places {
			texts[fmt.Sprintf("takeover.places[%d]", i)] = p.ZH + p.EN
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if text := texts[name]; len(text) > maxPublic || !utf8.ValidString(text) {
			return fmt.Errorf("%w: %s has %d bytes, at most %d of UTF-8", ErrMalformed, name, len(text), maxPublic)
		}
	}
	return nil
}

// What a command may ask for, and how a reset's alarm turned out.
var (
	actions = [...]Action{ //nolint:gochecknoglobals // lookup table
		ActionAcknowledge, ActionSilence, ActionReset, ActionRemove,
		ActionDisable, ActionEnable, ActionTestOn, ActionTestOff, ActionUnlock, ActionPicture,
		ActionTakeover, ActionTakeoverEnd, ActionEvacuate, ActionNotice,
	}
	outcomes = [...]string{"real", "false", "test", "drill", "fault", "unknown"} //nolint:gochecknoglobals // lookup table
)
