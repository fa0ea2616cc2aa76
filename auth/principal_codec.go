package auth

import (
	"encoding/binary"
	"math"
	"time"

	"countersign/models"
)

// entry is a principal with all that it points to, in one piece of memory, and how long it counts.
type entry struct {
	Principal
	// sequence is where the changes stood before the look-up.
	sequence int64
	// until is the end, as time since the start of the cache.
	until time.Duration

	session models.Session
	texts   [6]string
	flags   [2]bool
	ban     time.Time
}

// encode writes an entry: where its parts end, numbers, texts, and the answer that was prepared, which is left out where
// it is too long. Nothing but decode reads it. It gives nil for one that is too long without.
func encode(e *entry) []byte {
	c := &codec{}
	c.entry(e)
	texts := 4 + len(c.numbers)
	end := texts + len(c.texts)
	if end > maxEntry {
		return nil
	}
	if end+len(e.prepared) > maxEntry {
		e.prepared = nil
	}
	out := make([]byte, 4, end+len(e.prepared))
	binary.LittleEndian.PutUint16(out, uint16(texts))
	binary.LittleEndian.PutUint16(out[2:], uint16(end))
	return append(append(append(out, c.numbers...), c.texts...), e.prepared...)
}

// decode gives an entry. What it is read from is its own from now on.
func decode(in []byte) *entry {
	texts, end := binary.LittleEndian.Uint16(in), binary.LittleEndian.Uint16(in[2:])
	c, e := &codec{reading: true, numbers: in[4:texts], text: string(in[texts:end])}, &entry{}
	c.entry(e)
	if len(in) > int(end) {
		e.prepared = in[end:]
	}
	return e
}

// maxEntry is what fastcache keeps, in bytes.
const maxEntry = math.MaxUint16

// codec appends to numbers and texts, or takes from numbers and text, so that one list of fields serves both.
type codec struct {
	reading        bool
	numbers, texts []byte
	text           string
}

func (c *codec) entry(e *entry) {
	c.number(&e.sequence)
	c.number((*int64)(&e.until))
	c.string((*string)(&e.Method))
	c.time(&e.Expires)
	c.user(&e.User, e)
	if c.there(e.Session != nil) {
		c.row(pointed(c, &e.Session, &e.session), e)
	}
}

func (c *codec) user(u *models.User, e *entry) {
	c.string(&u.ID)
	c.string(&u.Name)
	c.string(&u.Email)
	c.flag(&u.EmailVerified)
	c.time(&u.CreatedAt)
	c.time(&u.UpdatedAt)
	c.optional(&u.Image, &e.texts[0])
	c.optional(&u.Role, &e.texts[1])
	c.optional(&u.BanReason, &e.texts[2])
	c.optionalFlag(&u.Banned, &e.flags[0])
	c.optionalFlag(&u.TwoFactorEnabled, &e.flags[1])
	c.optionalTime(&u.BanExpires, &e.ban)
}

func (c *codec) row(s *models.Session, e *entry) {
	c.string(&s.ID)
	c.string((*string)(&s.Token))
	c.string(&s.UserID)
	c.time(&s.ExpiresAt)
	c.time(&s.CreatedAt)
	c.time(&s.UpdatedAt)
	c.optional(&s.IPAddress, &e.texts[3])
	c.optional(&s.UserAgent, &e.texts[4])
	c.optional(&s.ImpersonatedBy, &e.texts[5])
}

// number takes eight bytes, since most are moments.
func (c *codec) number(n *int64) {
	if !c.reading {
		c.numbers = binary.LittleEndian.AppendUint64(c.numbers, uint64(*n))
		return
	}
	*n, c.numbers = int64(binary.LittleEndian.Uint64(c.numbers)), c.numbers[8:]
}

// small takes two bytes, for a length or a yes or no. A length that does not fit makes an entry that encode refuses.
func (c *codec) small(n *int) {
	if !c.reading {
		c.numbers = binary.LittleEndian.AppendUint16(c.numbers, uint16(*n))
		return
	}
	*n, c.numbers = int(binary.LittleEndian.Uint16(c.numbers)), c.numbers[2:]
}

func (c *codec) string(s *string) {
	length := len(*s)
	c.small(&length)
	if !c.reading {
		c.texts = append(c.texts, *s...)
		return
	}
	*s, c.text = c.text[:length], c.text[length:]
}

// time keeps microseconds, as databases do.
func (c *codec) time(t *time.Time) {
	micros := t.UnixMicro()
	if c.number(&micros); c.reading {
		*t = time.UnixMicro(micros).UTC()
	}
}

func (c *codec) flag(b *bool) { *b = c.there(*b) }

// there says whether something is there, when writing as it is told.
func (c *codec) there(yes bool) bool {
	n := 0
	if yes {
		n = 1
	}
	c.small(&n)
	return n == 1
}

func (c *codec) optional(s **string, place *string) {
	if c.there(*s != nil) {
		c.string(pointed(c, s, place))
	}
}

func (c *codec) optionalFlag(b **bool, place *bool) {
	if c.there(*b != nil) {
		c.flag(pointed(c, b, place))
	}
}

func (c *codec) optionalTime(t **time.Time, place *time.Time) {
	if c.there(*t != nil) {
		c.time(pointed(c, t, place))
	}
}

// pointed gives what is pointed to: when reading, the place, which is pointed to from now on.
func pointed[T any](c *codec, value **T, place *T) *T {
	if c.reading {
		*value = place
	}
	return *value
}
