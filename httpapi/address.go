package httpapi

import (
	"net/http"
	"net/netip"

	"github.com/ticketkit/ticketkit/internal/web"
)

// ClientAddress is the address of who made a request: the peer, or what trusted proxies say of it. It reads X-Forwarded-For from
// the right and believes an entry only when each hop behind it is in trusted, so that nobody can claim an address. The zero Addr
// means that it is not known. A handler below New and one beside it see the same address.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	return web.ClientAddress(r, trusted)
}
