package mime

import "strings"

// Protection says how a sender protected a mail. Nothing here checks a signature or opens anything: it only says that the parts
// are there.
type Protection string

// The kinds of protection. The empty Protection is none.
const (
	Signed    Protection = "signed"
	Encrypted Protection = "encrypted"
)

// protection reads the types of the parts: S/MIME (RFC 8551), PGP/MIME (RFC 3156), and PGP within the text.
func protection(ct media, list []Attachment, text string) Protection {
	found := Protection("")
	empty := strings.TrimSpace(text) == ""
	see := func(ctype, kind string) {
		switch ctype {
		case "multipart/encrypted", "application/pgp-encrypted":
			found = Encrypted
		case "application/pkcs7-mime", "application/x-pkcs7-mime":
			if kind == "signed-data" && found == "" {
				found = Signed
			} else if kind != "signed-data" && kind != "certs-only" && empty { // below a text it is a file that somebody attached
				found = Encrypted
			}
		case "multipart/signed", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature":
			if found == "" {
				found = Signed
			}
		}
	}
	see(ct.value, ct.params["smime-type"])
	for _, a := range list {
		ctype := a.ContentType
		switch strings.ToLower(a.Name) {
		case "smime.p7m": // some servers take the type away
			ctype = "application/pkcs7-mime"
		case "smime.p7s":
			ctype = "application/pkcs7-signature"
		}
		see(ctype, a.smime)
	}
	switch t := strings.TrimSpace(text); {
	case strings.HasPrefix(t, "-----BEGIN PGP MESSAGE-----"):
		found = Encrypted
	case strings.HasPrefix(t, "-----BEGIN PGP SIGNED MESSAGE-----") && found == "":
		found = Signed
	}
	return found
}
