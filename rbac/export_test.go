package rbac

// CheapHashes makes new hashes cheap, so that tests with hundreds of them stay fast. What is tested is the same code.
func (a *Accounts) CheapHashes() { a.hasher.params = argonParams{memory: 64, passes: 1, threads: 1} }

// HashRuns is how many passwords were checked against a hash so far.
func (a *Accounts) HashRuns() int64 { return a.hasher.runs.Load() }

// IsArgon reports whether an encoded hash is argon2id.
func IsArgon(encoded string) bool {
	_, err := parseArgon(encoded)
	return err == nil
}
