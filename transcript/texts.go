package transcript

import (
	"embed"
	"sync"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

//go:embed de.json en.json
var textFiles embed.FS

// catalog is read at the first use and never changes.
var catalog = sync.OnceValues(func() (*i18n.Catalog, error) { return i18n.Load(textFiles) })
