package server

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheGreetingNamesACommandThatWorks: the program by the name that it was installed under, with the files that it was started with.
func TestTheGreetingNamesACommandThatWorks(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/usr/local/bin/ticketkit": "ticketkit", "./email": "email", "discord.exe": "discord"} {
		require.Equal(t, want, calledAs(path))
	}
	for desk, want := range map[string]string{"": "`ticketkit --env-file /etc/ticketkit/ticketkit.env user passwd admin`",
		"shop": "`ticketkit --env-file /etc/ticketkit/ticketkit.env --desk shop user passwd admin`"} {
		var out strings.Builder
		p := &program{preset: Preset{Name: "ticketkit"}, envFiles: []string{"/etc/ticketkit/ticketkit.env"}, env: &Env{desk: desk}, out: &out}
		p.greet(&Config{AdminUsername: "admin", AllowedHosts: []string{"desk.example"}}, Addresses{HTTP: "127.0.0.1:8001"}, false)
		require.Contains(t, out.String(), want)
	}
}
