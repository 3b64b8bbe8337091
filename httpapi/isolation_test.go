package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestDesksOfOneProcessShareNothing: of two desks, each route of one is called with what only the other has given out. Its sign-ins get nobody
// in, even if both desks had the same keys; its ids are not found by who may do everything; and nothing changes.
func TestDesksOfOneProcessShareNothing(t *testing.T) {
	t.Parallel()
	theirs, ours := newScene(t), newScene(t)
	theirs.n += 1000 // so that no name is the same by chance
	theirs.renew()
	ours.renew()
	out, err := theirs.accounts.Login(t.Context(), "anna", password, rbac.LoginMeta{Address: "192.0.2.1", Panel: true})
	require.NoError(t, err)
	var strangers []header
	for _, secret := range []string{theirs.bearer("anna"), theirs.apiToken("anna", ticket.OpTicketRead, ticket.OpTicketUpdate)} {
		strangers = append(strangers, header{"Authorization", "Bearer " + secret})
	}
	strangers = append(strangers, header{"Cookie", SessionCookie + "=" + out.Token})
	admin, before, tried := ours.bearer("anna"), ours.state(""), 0
	for _, row := range table() {
		theirs.renew()
		theirs.prepare(row.id)
		path, body, headers := theirs.request(row, theirs.users["anna"].ID)
		name := row.method + " " + row.path
		for _, h := range strangers {
			a := ours.call("", row.method, path, body, append([]header{h, {"Sec-Fetch-Site", "same-origin"}}, headers...)...)
			if !row.open {
				require.Equal(t, http.StatusUnauthorized, a.status, "%s with %s of another desk: %s", name, h[0], a.body)
			}
		}
		if hasID(theirs, path, nil) || hasID(theirs, "", body) {
			tried++
			a := ours.call(admin, row.method, path, body, headers...)
			switch {
			case row.id == "bulk": // tells of each ticket
				for _, i := range a.items() {
					require.Equal(t, http.StatusNotFound, int(i["status"].(float64)), "%s", a.body)
				}
			case row.method == get && a.status == http.StatusOK: // a list of what belongs to it
				require.Empty(t, a.items(), "%s of another desk", name)
			case hasID(theirs, strings.SplitN(path, "?", 2)[0], nil):
				require.Equal(t, http.StatusNotFound, a.status, "%s of another desk: %s", name, a.body)
			default:
				require.Contains(t, []int{http.StatusBadRequest, http.StatusNotFound}, a.status, "%s with what another desk has: %s", name, a.body)
			}
		}
		require.Equal(t, before, ours.state(""), "%s has changed something", name)
	}
	require.Greater(t, tried, 60, "routes with ids")
}

// hasID reports whether a request names anything of a desk.
func hasID(s *scene, path string, body any) bool {
	raw, _ := json.Marshal(body)
	text := path + string(raw)
	for _, id := range []string{string(s.ticket.ID), string(s.neighbour), string(s.twin), string(s.twinPerson), string(s.message), string(s.answer), string(s.attachment),
		string(s.person), string(s.spare), string(s.field), s.parked, string(s.policy), string(s.calendar), s.job, s.mailbox, s.panel, s.view, s.macro,
		string(s.ticket.Requester.ID), string(s.queues["hier"]), string(s.users["sam"].ID), s.role} {
		if id != "" && strings.Contains(text, id) {
			return true
		}
	}
	return false
}
