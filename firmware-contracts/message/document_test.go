package message_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

// person is a key pair with what the ring says of it.
func person(seed byte, issuer string, roles ...string) (message.Signer, message.Key) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	public, _ := private.Public().(ed25519.PublicKey)
	return message.Signer{KID: issuer, Key: private}, message.Key{Public: public, Issuer: issuer, Roles: roles}
}

func TestDocumentNeedsTwoPeople(t *testing.T) {
	author, ka := person(1, "li", message.RoleAuthor)
	approver, kp := person(2, "wang", message.RoleApprover)
	both, kb := person(3, "zhao", message.RoleAuthor, message.RoleApprover)
	stranger, _ := person(4, "mallory", message.RoleAuthor, message.RoleApprover)
	ring := message.Keyring{"li": ka, "wang": kp, "zhao": kb}
	// One person with two keys is still one person.
	second, ks := person(5, "zhao", message.RoleApprover)
	second.KID = "zhao-2"
	ring["zhao-2"] = ks
	body := []byte("version: 3\n")
	for _, c := range []struct {
		name    string
		signers []message.Signer
		want    *message.Endorsers
	}{
		{"author and approver", []message.Signer{author, approver}, &message.Endorsers{Author: "li", Approver: "wang"}},
		{"in the other order", []message.Signer{approver, author}, &message.Endorsers{Author: "li", Approver: "wang"}},
		{"one who may do both, and another", []message.Signer{both, approver}, &message.Endorsers{Author: "zhao", Approver: "wang"}},
		{"nobody", nil, nil},
		{"the author alone", []message.Signer{author}, nil},
		{"the approver alone", []message.Signer{approver}, nil},
		{"one who may do both, alone", []message.Signer{both}, nil},
		{"one person with two keys", []message.Signer{both, second}, nil},
		{"a stranger approves", []message.Signer{author, stranger}, nil},
		{"two authors", []message.Signer{author, author}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			env, err := message.SealDocument("programme", body, c.signers...)
			if err != nil {
				t.Fatal(err)
			}
			got, by, err := message.OpenDocument("programme", env, ring)
			if c.want == nil {
				if !errors.Is(err, message.ErrDocument) {
					t.Fatalf("got %q by %v, error %v; want ErrDocument", got, by, err)
				}
				return
			}
			if err != nil || !bytes.Equal(got, body) || by != *c.want {
				t.Fatalf("got %q by %v, error %v; want %q by %v", got, by, err, body, *c.want)
			}
			if _, _, err := message.OpenDocument("picture", env, ring); !errors.Is(err, message.ErrDocument) {
				t.Errorf("a programme passed for a picture: %v", err)
			}
			var e message.Envelope
			if err := json.Unmarshal(env, &e); err != nil {
				t.Fatal(err)
			}
			e.Body[0] ^= 1
			changed, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := message.OpenDocument("programme", changed, ring); !errors.Is(err, message.ErrDocument) {
				t.Errorf("a changed body passed: %v", err)
			}
		})
	}
}

// A signature for a command is none for a document, whatever the bytes.
func TestCommandSignatureIsNoDocuments(t *testing.T) {
	author, ka := person(1, "li", message.RoleAuthor)
	approver, kp := person(2, "wang", message.RoleApprover)
	ring := message.Keyring{"li": ka, "wang": kp}
	body := []byte("x")
	env, err := json.Marshal(message.Envelope{Body: body, Sigs: []message.Signature{
		message.Sign(body, "li", author.Key), message.Sign(body, "wang", approver.Key),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := message.OpenDocument("programme", env, ring); !errors.Is(err, message.ErrDocument) {
		t.Fatalf("error %v; want ErrDocument", err)
	}
}

func TestFreeWordsNeedASecondPerson(t *testing.T) {
	desk, kd := person(1, "desk", "desk", message.RoleApprover)
	chief, kc := person(2, "chief", message.RoleApprover)
	clerk, kk := person(3, "clerk", "desk")
	ring := message.Keyring{"desk": kd, "chief": kc, "clerk": kk}
	cmd := message.Command{
		ID: "c1", Station: "hs-03", Issuer: "desk", Role: "desk", Counter: 1, Action: message.ActionNotice, Author: "Li",
		Expires: message.Time{Time: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)},
	}
	open := func(n message.Notice, signers ...message.Signer) error {
		c := cmd
		c.Notice = &n
		env, err := message.Seal(c, signers...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = message.Open(env, ring, message.OpenRule{})
		return err
	}
	free, template := message.Notice{ZH: "今晚停水"}, message.Notice{Template: "water-off"}
	if err := open(template, desk); err != nil {
		t.Errorf("a template by one person: %v", err)
	}
	if err := open(free, desk, chief); err != nil {
		t.Errorf("free words by two people: %v", err)
	}
	for name, signers := range map[string][]message.Signer{
		"alone": {desk}, "twice the same": {desk, desk}, "with one who approves nothing": {desk, clerk},
	} {
		if err := open(free, signers...); !errors.Is(err, message.ErrSecondPerson) {
			t.Errorf("free words %s: %v; want ErrSecondPerson", name, err)
		}
	}
	if err := open(message.Notice{Template: "water-off"}, chief); err == nil {
		t.Error("another issuer's key alone passed")
	}
	c := cmd
	c.Notice = &message.Notice{Template: "a", ZH: "b"}
	if _, err := message.Seal(c, desk); !errors.Is(err, message.ErrMalformed) {
		t.Errorf("template and free words at once: %v; want ErrMalformed", err)
	}
	c = cmd
	c.Action, c.Notice = message.ActionEvacuate, &free
	if _, err := message.Seal(c, desk); !errors.Is(err, message.ErrMalformed) {
		t.Errorf("a notice that hides in another action: %v; want ErrMalformed", err)
	}
}
