// Package backup writes a desk into one file, proves that the file is whole, and brings it back, also into a database of another kind.
//
// A file is a tar archive, compressed with gzip, and encrypted with age (age-encryption.org/v1) when it has a recipient. It holds the database
// as store.Export writes it, every attachment under its SHA-256, whatever further files the desk needs, such as its configuration, and at the end a
// manifest with the size and the SHA-256 of each. A file is written under another name, read back in whole and renamed only then: what bears
// the name of a backup is one.
package backup
